// Mutates each field of src/oidc/answer-fields.ts in the answers of a provider.
import assert from 'node:assert/strict';
import type { DaypassError, ErrorCode } from '../../src/errors.ts';
import { type AnswerKind, answerFields } from '../../src/oidc/answer-fields.ts';
import { Provider } from '../../src/oidc/provider.ts';
import { RefreshTokenRefused, RefreshWithoutIdToken } from '../../src/oidc/provider-error.ts';
import type { ClientSettings } from '../../src/settings/settings.ts';
import { assertRefused, mutatedText } from './fuzz-provider.ts';
import {
  type Answer,
  type HostileProvider,
  signedIdToken,
  startHostileProvider,
} from './hostile-provider.ts';
import type { Random } from './random.ts';

const redirectUri = 'http://127.0.0.1:7777/callback';
const refreshToken = 'the-refresh-token-that-was-posted';
const mediaTypes = [
  'application/json',
  ...['text/html', 'text/plain', 'application/jwk-set+json', 'application/octet-stream', ''],
];
const misfits = [
  ...[null, '', true, false, 0, -1, 7, 1e308, 1.5, [], {}, [null], ['x'], [7, {}], { a: 1 }, [[]]],
];
const texts = [
  'x',
  '\u0000',
  '\u001b[2J',
  'javascript:alert(1)',
  'https://idp.example/#x',
  '1e3',
  'é'.repeat(300),
];

/** Fields without which there is no sign-in. */
const needed = new Set(
  [
    ['metadata', 'issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'],
    ['keys', 'keys'],
    ['key', 'kty', 'kid', 'n', 'e'],
    ['tokens', 'id_token'],
    ['device', 'device_code', 'user_code', 'verification_uri'],
    ['pushed', 'request_uri'],
  ].flatMap(([kind, ...names]) => names.map((name) => `${kind}.${name}`)),
);
/** Fields that may refuse a sign-in where they have the right type: they say what the provider supports. */
const meaningful =
  /^(key\.(alg|use|key_ops)|device\.(expires_in|interval)|metadata\.(code_challenge_|id_token_signing_|require_pushed_|authorization_response_).*)$/;

const codes: ErrorCode[] = [
  ...(['provider-failed', 'bad-id-token', 'bad-discovery', 'issuer-mismatch', 'bad-configuration'] as const),
];

const codesOfChangedText: { [Kind in AnswerKind]?: ErrorCode[] } = {
  // A changed character can lead to another port.
  metadata: ['provider-unreachable'],
  // It can be one of the issuer in the ID token, which openid-client compares before it checks the signature.
  tokens: ['identity-changed'],
};

/** One mutated answer: the kind and the field that it changes, and the value instead. */
interface Mutation {
  kind: AnswerKind;
  name: string;
  value: unknown;
  /** Replaces the whole text of the answer. */
  text?: (good: string) => string;
  type: string;
}

/** Returns how often each field was mutated. Throws an AssertionError where an answer does harm. */
export async function fuzzFields(rounds: number, random: Random): Promise<Map<string, number>> {
  const provider = await startHostileProvider();
  const fields = Object.entries(answerFields).flatMap(([kind, of]) =>
    Object.keys(of).map((name) => [kind as AnswerKind, name] as const),
  );
  const counts = new Map<string, number>();
  try {
    for (let round = 0; round < rounds; round++) {
      const [kind, name] = fields[round % fields.length] ?? assert.fail();
      counts.set(`${kind}.${name}`, (counts.get(`${kind}.${name}`) ?? 0) + 1);
      const value = random.whole(4) === 0 ? random.pick(texts) : random.pick([undefined, ...misfits]);
      const mutation: Mutation = { kind, name, value, type: random.pick(mediaTypes) };
      if (random.whole(10) === 0)
        mutation.text = (good) => mutatedText(good, random, [...'{}[]",:\\0x\u0000é \n']);
      arrange(provider, mutation, random);
      await judge(provider, mutation, random.whole(2) === 0);
    }
  } finally {
    await provider.stop();
  }
  return counts;
}

function arrange(provider: HostileProvider, mutation: Mutation, random: Random): void {
  provider.behave();
  const { kind, name, value, text, type } = mutation;
  const changed = (honest: Record<string, unknown>): Answer => {
    const body = { ...honest, [name]: value };
    return { body: text ? text(JSON.stringify(body)) : body, headers: { 'content-type': type } };
  };
  if (kind === 'metadata') {
    provider.discovery = (_request, _response, { body }) => changed(body as Record<string, unknown>);
  } else if (kind === 'keys') provider.jwks = () => changed({ keys: [provider.key.jwk] });
  else if (kind === 'key') {
    provider.jwks = () => {
      const { body } = changed(provider.key.jwk as Record<string, unknown>);
      return { body: typeof body === 'string' ? `{"keys":[${body}]}` : { keys: [null, 7, body] } };
    };
  } else if (kind === 'device') provider.device = changed;
  else if (kind === 'pushed')
    provider.pushed = (honest) => ({ ...changed(honest), status: random.pick([200, 201]) });
  if (kind === 'pushed') {
    const pushed_authorization_request_endpoint = `${provider.issuer}/par`;
    provider.metadata = {
      require_pushed_authorization_requests: true,
      pushed_authorization_request_endpoint,
    };
  }
  const status = random.pick([200, 400, 401, 403, 404, 429, 500, 503]);
  const said = { error: 'invalid_grant', error_description: `dead: ${refreshToken}` };
  provider.token = () => {
    if (kind === 'error') return { ...changed(said), status };
    const good = { access_token: 'a', token_type: 'Bearer', expires_in: 3600, refresh_token: 'r2' };
    const idToken = signedIdToken(provider, {}, { nonce });
    return kind === 'tokens'
      ? changed({ ...good, id_token: idToken })
      : { body: { ...good, id_token: idToken } };
  };
}

let nonce: string | undefined;

/** Signs in, refreshes or asks for a device code, and judges the end. */
async function judge(provider: HostileProvider, mutation: Mutation, refreshes: boolean): Promise<void> {
  const { kind } = mutation;
  const settings = {
    issuer: provider.issuer,
    clientId: provider.clientId,
    authorizeParams: {},
  } as ClientSettings;
  const shown = JSON.stringify([kind, mutation.name, mutation.value, Boolean(mutation.text), mutation.type]);
  try {
    const client = await Provider.discover(settings);
    if (kind === 'device') await client.deviceAuthorization();
    else if (kind === 'error' || (kind !== 'pushed' && refreshes)) {
      nonce = undefined;
      await client.fetchKeys();
      await client.refresh(refreshToken, 'ada', async (rotated) => assert.equal(typeof rotated, 'string'));
    } else {
      const request = await client.authorizationRequest(redirectUri);
      nonce = request.nonce;
      const callback = new URLSearchParams({ code: 'the-code-itself', state: request.state });
      assert.equal((await client.exchange(request, callback)).claims.sub, 'ada', shown);
    }
    assert.notEqual(kind, 'error', shown);
  } catch (error) {
    if ((error as Error).name === 'AssertionError') throw error;
    assert.ok(mayFail(mutation), `${shown} ended a sign-in: ${(error as Error).stack}`);
    if (error instanceof RefreshTokenRefused) return assert.equal(kind, 'error', shown);
    if (error instanceof RefreshWithoutIdToken) return assert.match(kind, /^(tokens|error)$/, shown);
    const further = mutation.text ? (codesOfChangedText[kind] ?? []) : [];
    assertRefused(error, [...codes, ...further], shown);
    const { faults, hint } = error as DaypassError;
    const told = `${faults.join('\n')}${hint}`;
    assert.doesNotMatch(told, /OAUTH_|the-code-itself|eyJ/, shown);
    // Only whole: a changed character within an echoed token leaves a text that was never a secret.
    assert.ok(!told.includes(refreshToken), shown);
  }
}

/** Returns whether a sign-in may end because of this answer. */
function mayFail({ kind, name, value, text }: Mutation): boolean {
  const field = `${kind}.${name}`;
  if (text || kind === 'error' || needed.has(field)) return true;
  return (
    meaningful.test(field) &&
    value !== null &&
    value !== '' &&
    value !== undefined &&
    hasType(kind, name, value)
  );
}

/** Returns whether a value has the type that the table says. A list counts if one member does. */
function hasType(kind: AnswerKind, name: string, value: unknown): boolean {
  const { type } = (answerFields[kind] as Record<string, { type: string }>)[name] ?? assert.fail();
  if (type === 'number') return typeof value === 'number' || typeof value === 'string';
  if (type === 'flag') return typeof value === 'boolean';
  return type === 'text' ? typeof value === 'string' : Array.isArray(value);
}
