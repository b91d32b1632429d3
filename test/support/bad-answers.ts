// Answers of a provider, for module tests and fault tests. Those named oidcc-… are modelled on the modules of
// that name in the OpenID Foundation's conformance suite.
import type { JsonWebKey } from 'node:crypto';
import type { ErrorCode } from '../../src/errors.ts';
import {
  type Answer,
  type Difference,
  ecKey,
  type HostileProvider,
  jws,
  rsaKey,
  type SigningKey,
} from './hostile-provider.ts';

/** `one` signs honest tokens, and `stranger` has the same key id. */
export const [one, two, stranger, weak] = [rsaKey('one'), rsaKey('two'), rsaKey('one'), rsaKey('weak', 1024)];
export const elliptic = ecKey('ec');

/** The differences of a provider's answers from good ones. */
export interface Deviation extends Difference {
  keys?: SigningKey[] | JsonWebKey[] | Answer;
  metadata?: Record<string, unknown>;
}

/** Makes a provider that signs with `one` deviate until `behave()`. */
export function deviate(provider: HostileProvider, deviation: Deviation): void {
  const { keys, metadata, ...difference } = deviation;
  provider.metadata = metadata ?? {};
  serveKeys(provider, keys ?? [one]);
  provider.token = (form) => provider.tokens(form, { key: one, ...difference });
}

export function serveKeys(provider: HostileProvider, keys: NonNullable<Deviation['keys']>): void {
  const answer = Array.isArray(keys)
    ? { body: { keys: keys.map((key) => ('jwk' in key ? key.jwk : key)) } }
    : keys;
  provider.jwks = () => answer as Answer;
}

export type Row = [id: string, what: string, difference: Deviation];

const now = () => Math.floor(Date.now() / 1000);
export const soon = (seconds: number) => now() + seconds;

export const noIssuer = { iss: undefined };

export const badTokens: Row[] = [
  ['I15', 'oidcc-client-test-invalid-sig-rs256', { key: stranger }],
  ['I15', 'oidcc-client-test-invalid-sig-es256', es256({ idToken: (token) => swapSignature(token) })],
  ['I16', 'oidcc-client-test-idtoken-sig-none', { header: { alg: 'none' } }],
  [
    'I16',
    'oidcc-client-test-idtoken-sig-none, advertised',
    { header: { alg: 'none' }, metadata: { id_token_signing_alg_values_supported: ['RS256', 'none'] } },
  ],
  ['I15', 'a signature with padding', { idToken: (token) => `${token}==` }],
  ['I15', 'a signature that lacks a character', { idToken: (token) => token.slice(0, -1) }],
  ['I15', 'a signature with a NUL', { idToken: (token) => `${token}\0` }],
  ['I16', 'signature stripped', { idToken: (token) => token.replace(/[^.]*$/, '') }],
  ['I16', 'only header and claims', { idToken: (token) => token.replace(/\.[^.]*$/, '') }],
  ['I17', 'oidcc-client-test-invalid-sig-hs256', { header: { alg: 'HS256' } }],
  [
    'I17',
    'oidcc-client-test-invalid-sig-hs256, advertised',
    { header: { alg: 'HS256' }, metadata: { id_token_signing_alg_values_supported: ['RS256', 'HS256'] } },
  ],
  ['I18', 'ES256 where RS256 is listed', { ...es256({}), metadata: {} }],
  ['I19', 'unknown key id', { header: { kid: 'other' } }],
  ['I20', 'oidcc-client-test-kid-absent-multiple-jwks', { header: { kid: undefined }, keys: [one, two] }],
  ['I23', 'RSA key of 1024 bits', { key: weak, keys: [weak] }],
  ['I24', 'key in the header', { key: stranger, header: { jwk: stranger.jwk } }],
  [
    'I24',
    'key address in the header',
    { key: stranger, header: ({ issuer }) => ({ jku: `${issuer}/jku`, x5u: `${issuer}/x5u` }) },
  ],
  ['I25', 'critical extension', { header: { crit: ['x'], x: 1 } }],
  ['I26', 'typ at+jwt', { header: { typ: 'at+jwt' } }],
  ['I26', 'typ logout+jwt', { header: { typ: 'logout+jwt' } }],
  ['I26', 'typ that is a number', { header: { typ: 7 } }],
  ['I27', 'oidcc-client-test-invalid-iss', { claims: { iss: 'https://evil.example' } }],
  ['I27', 'issuer with a slash more', { claims: ({ issuer }) => ({ iss: `${issuer}/` }) }],
  ['I27', 'no issuer', { claims: noIssuer }],
  ['I28', 'oidcc-client-test-missing-sub', { claims: { sub: undefined } }],
  ['I28', 'subject a number', { claims: { sub: 7 } }],
  ['I28', 'empty subject', { claims: { sub: '' } }],
  ['I28', 'subject of 300 characters', { claims: { sub: 'x'.repeat(300) } }],
  ['I28', 'control characters in the subject', { claims: { sub: 'ada\x1b[31m\n' } }],
  ['I28', 'subject beyond ASCII', { claims: { sub: 'ad\u00e0' } }],
  ['I29', 'oidcc-client-test-invalid-aud', { claims: { aud: 'other' } }],
  ['I29', 'oidcc-client-test-missing-aud', { claims: { aud: undefined } }],
  ['I29', 'no audience', { claims: { aud: [] } }],
  ['I29', 'another audience without azp', { claims: ({ clientId }) => ({ aud: [clientId, 'other'] }) }],
  [
    'I29',
    'other audiences alone, though with our azp',
    { claims: ({ clientId }) => ({ aud: ['project', 'other'], azp: clientId }) },
  ],
  [
    'I29',
    'another audience and an azp that is null',
    { claims: ({ clientId }) => ({ aud: [clientId, 'other'], azp: null }) },
  ],
  ['I29', "another client's azp", { claims: { azp: 'other' } }],
  [
    'I29',
    "another client's azp with a list",
    { claims: ({ clientId }) => ({ aud: [clientId], azp: 'other' }) },
  ],
  ['I30', 'expired 40 s ago', { claims: () => ({ exp: soon(-40), iat: soon(-300) }) }],
  ['I30', 'no expiry', { claims: { exp: undefined } }],
  ['I30', 'negative expiry', { claims: { exp: -1 } }],
  ['I30', 'expiry as text', { claims: () => ({ exp: String(soon(3600)) }) }],
  ['I31', 'oidcc-client-test-missing-iat', { claims: { iat: undefined } }],
  ['I31', 'issue time as text', { claims: () => ({ iat: String(now()) }) }],
  ['I31', 'issued tomorrow', { claims: () => ({ iat: soon(86_400), exp: soon(90_000) }) }],
  ['I31', 'issued last week', { claims: () => ({ iat: soon(-7 * 86_400) }) }],
  ['I32', 'valid only later', { claims: () => ({ nbf: soon(120) }) }],
  ['I36', 'encrypted', { idToken: () => 'eyJhbGciOiJSU0EtT0FFUCJ9.a2V5a2V5a2V5.aXZpdml2.Y2lwaGVy.dGFndGFn' }],
  ['I36', 'not a token', { idToken: () => 'no-token-at-all-but-long-enough-to-be-found' }],
  [
    'I36',
    'claims that are a list',
    { idToken: () => jws({ alg: 'RS256', ...kid(one) }, [1], one.privateKey) },
  ],
];

export function es256(difference: Deviation): Deviation {
  const metadata = { id_token_signing_alg_values_supported: ['RS256', 'ES256'] };
  return { key: elliptic, keys: [one, elliptic], header: { alg: 'ES256' }, metadata, ...difference };
}

function kid({ kid }: SigningKey): { kid: string } {
  return { kid };
}

function swapSignature(token: string): string {
  return token.replace(/[^.]{4}$/, 'AAAA');
}

export const jsonError = (error: string, more: Record<string, unknown> = {}, status = 400): Answer => ({
  status,
  body: { error, ...more },
});
export const elsewhere = (status: number): Answer => ({ status, headers: { location: '/elsewhere' } });

/** Answers that daypass rejects before it reads the ID token. */
export const badAnswers: [id: string, what: string, code: ErrorCode, text: RegExp, difference: Deviation][] =
  [
    ['I35', 'no ID token', 'provider-failed', /openid/, { fields: { id_token: undefined } }],
    ['I38', 'an ID token that is a number', 'provider-failed', /id_token/, { fields: { id_token: 7 } }],
    ['I38', 'an ID token that is an object', 'provider-failed', /id_token/, { fields: { id_token: {} } }],
    [
      'I39',
      'hostile error description',
      'provider-failed',
      /invalid_client.*red/,
      {
        answer: jsonError('invalid_client', {
          error_description: '\x1b]8;;https://evil.example\x07\x1b[31mred\r\n{"Version":1}',
          error_uri: 'javascript:alert(1)',
        }),
      },
    ],
    ['I40', 'redirect 302', 'provider-failed', /./, { answer: elsewhere(302) }],
    ['I40', 'redirect 307', 'provider-failed', /./, { answer: elsewhere(307) }],
    ['I40', 'redirect 308', 'provider-failed', /./, { answer: elsewhere(308) }],
    [
      'I41',
      '401 with a challenge',
      'provider-failed',
      /./,
      {
        answer: {
          ...jsonError('invalid_client', {}, 401),
          headers: { 'www-authenticate': 'Basic realm="x"' },
        },
      },
    ],
    [
      'I41',
      '429 with Retry-After',
      'provider-failed',
      /./,
      { answer: { ...jsonError('slow_down', {}, 429), headers: { 'retry-after': '3600' } } },
    ],
    ['I41', '503 with a page', 'provider-failed', /./, { answer: { status: 503, body: '<html>' } }],
    [
      'I42',
      'a connection cut in the body',
      'provider-unreachable',
      /was cut/,
      { answer: { body: { access_token: 'x'.repeat(200) }, cut: true } },
    ],
    ['I42', 'half an answer', 'provider-failed', /./, { answer: { body: '{"access_token":"' } }],
    [
      'I42',
      'a page',
      'provider-failed',
      /./,
      { answer: { body: '<html>', headers: { 'content-type': 'text/html' } } },
    ],
    ['I42', 'a list', 'provider-failed', /./, { answer: { body: [1] } }],
    ['I42', '2 MiB', 'provider-unreachable', /too large/, { answer: { body: ' '.repeat(2 ** 21) } }],
    [
      'I47',
      'an error with status 200',
      'provider-failed',
      /answered 200 \(server_error\)/,
      { answer: jsonError('server_error', {}, 200) },
    ],
    ['I19', 'no keys', 'provider-failed', /no usable keys/, { keys: [] }],
    ['I19', 'keys answered with 500', 'provider-failed', /./, { keys: { status: 500 } }],
    ['I19', 'keys answered with a page', 'provider-failed', /./, { keys: { body: '<html>' } }],
    ['I19', 'keys that are no list', 'provider-failed', /./, { keys: { body: { keys: { one: 1 } } } }],
    ['I19', 'keys of 2 MiB', 'provider-unreachable', /too large/, { keys: { body: ' '.repeat(2 ** 21) } }],
    ['I19', 'keys behind a redirect', 'provider-failed', /./, { keys: elsewhere(302) }],
  ];

export const badNonces: [what: string, nonce: unknown][] = [
  ['missing', undefined],
  ['wrong', 'x'.repeat(43)],
  ['empty', ''],
];

/** Answers that are valid and unusual. */
export const good: Row[] = [
  ['', 'oidcc-client-test', {}],
  ['', 'oidcc-client-test-idtoken-sig-rs256', { header: { typ: 'JWT' } }],
  ['', 'ES256 where it is listed', es256({})],
  ['I21', 'oidcc-client-test-kid-absent-single-jwks', { header: { kid: undefined } }],
  ['', 'key without alg, use and kid', { header: { kid: undefined }, keys: [bare(one)] }],
  [
    '',
    'keys of other kinds beside',
    { keys: [elliptic.jwk, { kty: 'oct', k: 'AA' }, { kty: 'XX' }, one.jwk] },
  ],
  ['I37', 'no refresh token', { fields: { refresh_token: undefined } }],
  ['I38', 'token type mac', { fields: { token_type: 'mac' } }],
  ['I38', 'no token type', { fields: { token_type: undefined } }],
  ['I38', 'no access token', { fields: { access_token: undefined } }],
  ['I38', 'access token a number', { fields: { access_token: 7 } }],
  ['I38', 'negative lifetime', { fields: { expires_in: -5 } }],
  ['I38', 'lifetime in words', { fields: { expires_in: 'soon' } }],
  ['I47', 'an empty refresh token', { fields: { refresh_token: '' } }],
  ['I47', 'a refresh token that is none', { fields: { refresh_token: ['x'] } }],
  ['', 'token type in lower case', { fields: { token_type: 'bearer' } }],
  ['', 'no lifetime of the access token', { fields: { expires_in: undefined } }],
  ['', 'lifetime as text', { fields: { expires_in: '3600' } }],
  ['', 'a list of one audience', { claims: ({ clientId }) => ({ aud: [clientId] }) }],
  // ZITADEL names the project and all its clients: https://zitadel.com/docs/apis/openidoauth/claims
  [
    'T07',
    'several audiences where azp is ours',
    { claims: ({ clientId }) => ({ aud: [clientId, 'client@project', 'project'], azp: clientId }) },
  ],
  ['T07', 'an azp that is null', { claims: { azp: null } }],
  ['', 'azp that is ours', { claims: ({ clientId }) => ({ azp: clientId }) }],
  ['', 'a wrong at_hash, as the access token is not used', { claims: { at_hash: 'x' } }],
  ['I30', 'expired 20 s ago, within the tolerance', { claims: () => ({ exp: soon(-20), iat: soon(-60) }) }],
  ['I30', 'an absurd expiry, which the record clamps', { claims: { exp: 1e15 } }],
  ['I31', 'issued 25 s ahead', { claims: () => ({ iat: soon(25) }) }],
  ['', 'a subject of 255 characters', { claims: { sub: 'x'.repeat(255) } }],
];

function bare({ jwk: { kty, n, e } }: SigningKey): JsonWebKey {
  return { kty, n, e } as JsonWebKey;
}
