// The cases I15 to I51 of docs/threats.md that concern the provider's answers. Tests named oidcc-… are
// modelled on the modules of the OpenID Foundation's conformance suite of that name.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, suite, test } from 'node:test';
import { DaypassError, type ErrorCode } from '../../src/errors.ts';
import { accountHint, displayName, type IdTokenClaims } from '../../src/oidc/id-token.ts';
import { Provider, type Tokens } from '../../src/oidc/provider.ts';
import { RefreshTokenRefused, RefreshWithoutIdToken } from '../../src/oidc/provider-error.ts';
import type { Settings } from '../../src/settings/settings.ts';
import {
  badAnswers,
  badNonces,
  badTokens,
  type Deviation,
  good,
  jsonError,
  noIssuer,
  one,
  serveKeys,
  soon,
  stranger,
  two,
} from '../support/bad-answers.ts';
import { findSecrets } from '../support/canary.ts';
import {
  type Answer,
  type Difference,
  type HostileProvider,
  type Part,
  signedIdToken,
  startHostileProvider,
} from '../support/hostile-provider.ts';

const clientId = 'daypass-test';
const redirectUri = 'http://127.0.0.1:7777/callback';
const secrets = { code: 'the-code-itself', access: 'the-access-token', refresh: 'refresh-token-two' };

let provider: HostileProvider;
before(async () => {
  provider = await startHostileProvider();
});
after(() => provider.stop());
beforeEach(() => {
  provider.behave();
  provider.requests.length = 0;
  serveKeys(provider, [one]);
});

const now = () => Math.floor(Date.now() / 1000);
const url = (path: string) => provider.issuer + path;

function tokenAnswer(difference: Difference, claims: Record<string, unknown>): Answer {
  if (difference.answer) return difference.answer;
  return {
    body: {
      access_token: secrets.access,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: secrets.refresh,
      id_token: signedIdToken(provider, { key: one, ...difference }, claims),
      ...difference.fields,
    },
  };
}

let lastAnswer = '';

function prepare({ keys, metadata, ...difference }: Deviation, claims: () => Record<string, unknown>): void {
  provider.metadata = metadata ?? {};
  if (keys) serveKeys(provider, keys);
  provider.token = () => {
    const answer = tokenAnswer(difference, claims());
    lastAnswer = JSON.stringify(answer.body ?? '');
    return answer;
  };
}

function connect(settings: Partial<Settings> = {}): Promise<Provider> {
  return Provider.discover({
    issuer: provider.issuer,
    clientId,
    authorizeParams: {},
    ...settings,
  } as Settings);
}

async function exchange(
  difference: Deviation,
  { callback = {}, settings = {} }: { callback?: Record<string, string>; settings?: Partial<Settings> } = {},
): Promise<Tokens> {
  let nonce = '';
  prepare(difference, () => ({ nonce }));
  const client = await connect(settings);
  const request = await client.authorizationRequest(redirectUri);
  nonce = request.nonce;
  return client.exchange(
    request,
    new URLSearchParams({ code: secrets.code, state: request.state, ...callback }),
  );
}

/** Refreshes, and returns the tokens or the error, and the rotated refresh tokens. */
async function refresh(
  difference: Deviation,
): Promise<{ tokens?: Tokens; error?: unknown; rotated: string[] }> {
  const rotated: string[] = [];
  prepare(difference, () => ({}));
  const client = await connect();
  const capture = async (token: string) => {
    rotated.push(token);
  };
  try {
    await client.fetchKeys();
    return { tokens: await client.refresh('refresh-token-one', 'ada', capture), rotated };
  } catch (error) {
    return { error, rotated };
  }
}

function assertRefused(error: unknown, code: ErrorCode, text = /./): void {
  assert.ok(error instanceof DaypassError, `threw ${(error as Error)?.stack}`);
  const report = JSON.stringify(error.toReport());
  assert.equal(error.code, code, report);
  assert.match(report, text);
  const parts = (lastAnswer.match(/[\w-]{30,}/g) ?? []).filter((part) => !/^OAUTH_/.test(part));
  assert.deepEqual(findSecrets({ report }, [...Object.values(secrets), 'refresh-token-one', ...parts]), []);
  assert.doesNotMatch(error.faults.join('') + error.hint, /[\p{Cc}\p{Cf}]/u);
}

for (const [id, what, difference] of badTokens) {
  test(`${id} ${what}: refused after a code`, async () => {
    await assert.rejects(exchange(difference), (error) => {
      assertRefused(error, 'bad-id-token');
      return true;
    });
    assert.ok(provider.requests.filter((path) => path === '/jwks').length <= 2);
    assert.ok(!provider.requests.some((path) => /jku|x5u/.test(path)));
  });

  // Without keys nothing is posted, see below.
  if (Array.isArray(difference.keys) && difference.keys.length === 0) continue;
  test(`${id} ${what}: refused after a refresh, whose new refresh token is stored`, async () => {
    const { error, rotated } = await refresh(difference);
    assertRefused(
      error,
      id === 'I27' && difference.claims !== noIssuer ? 'identity-changed' : 'bad-id-token',
    );
    assert.deepEqual(rotated, [secrets.refresh]);
    assert.ok(provider.requests.filter((path) => path === '/jwks').length <= 2);
  });
}

test('I19 no keys: nothing is posted at a refresh', async () => {
  const { error, rotated } = await refresh({ keys: [] });
  assertRefused(error, 'provider-failed', /keys/);
  assert.deepEqual(rotated, []);
  assert.ok(!provider.requests.includes('/token'));
});

for (const [id, what, code, text, difference] of badAnswers) {
  test(`${id} ${what}: ${code}`, async () => {
    await assert.rejects(exchange(difference), (error) => {
      assertRefused(error, code, text);
      return true;
    });
    assert.equal(provider.requests.filter((path) => path === '/token').length, 1, 'asked once');
    assert.ok(!provider.requests.includes('/elsewhere'));
  });
}

test('I39 a description that repeats the posted secret is shown without it', async () => {
  const repeated = (secret: string) => ({
    answer: jsonError('invalid_request', { error_description: `"${secret}" is malformed` }),
  });
  await assert.rejects(exchange(repeated(secrets.code)), (error) => {
    assertRefused(error, 'provider-failed', /is malformed/);
    return true;
  });
  assertRefused((await refresh(repeated('refresh-token-one'))).error, 'provider-failed', /is malformed/);
});

for (const [id, what, difference] of good) {
  test(`${id} ${what}: accepted`.trim(), async () => {
    const { idToken, claims, refreshToken } = await exchange(difference);
    assert.ok(lastAnswer.includes(idToken));
    assert.equal(claims.iss, provider.issuer);
    const issued = !(difference.fields && 'refresh_token' in difference.fields);
    assert.equal(refreshToken, issued ? secrets.refresh : undefined);
  });
}

for (const [what, nonce] of badNonces) {
  test(`I33 oidcc-client-test-nonce-invalid: ${what}`, async () => {
    await assert.rejects(exchange({ claims: { nonce } }), (error) => {
      assertRefused(error, 'bad-id-token');
      return true;
    });
  });
}

test('I33 a token of the previous sign-in is rejected', async () => {
  const { idToken } = await exchange({});
  await assert.rejects(exchange({ idToken: () => idToken }), { code: 'bad-id-token' });
});

const maxAge = { settings: { authorizeParams: { max_age: '300' } } };
for (const [what, authTime] of [
  ['missing', undefined],
  ['too old', 1000],
] as const) {
  test(`I34 max_age was requested and auth_time is ${what}`, async () => {
    await assert.rejects(exchange({ claims: { auth_time: authTime } }, maxAge), { code: 'bad-id-token' });
  });
}

test('I34 max_age was requested and auth_time is recent', async () => {
  await exchange({ claims: () => ({ auth_time: soon(-30) }) }, maxAge);
});

test('TM07 a provider whose clock is an hour ahead is accepted', async () => {
  provider.clockAhead = 3_600_000;
  const ahead = { claims: () => ({ iat: soon(3600), exp: soon(3900) }) };
  await exchange(ahead);
  assert.ok((await refresh(ahead)).tokens);
  // TM07 and T03: the answer with the token tells the time, and no other.
  provider.clockAhead = 0;
  await assert.rejects(exchange(ahead), { code: 'bad-id-token' });
});

test('I22 oidcc-client-test-signing-key-rotation-just-before-signing', async () => {
  for (const flow of ['exchange', 'refresh'] as const) {
    const rotate: Deviation = {
      key: two,
      idToken(token) {
        serveKeys(provider, [two]);
        return token;
      },
    };
    serveKeys(provider, [one]);
    if (flow === 'exchange') await exchange(rotate);
    else assert.ok((await refresh(rotate)).tokens);
  }
});

test('I22 oidcc-client-test-signing-key-rotation', async () => {
  await exchange({});
  await exchange({ key: two, keys: [two] });
});

suite('a refresh', () => {
  test('oidcc-client-test-refresh-token', async () => {
    const { tokens, rotated } = await refresh({});
    assert.equal(tokens?.claims.sub, 'ada');
    assert.equal(tokens?.refreshToken, secrets.refresh);
    assert.deepEqual(rotated, [secrets.refresh]);
  });

  test('may return no new refresh token, and the old one stays', async () => {
    const { tokens, rotated } = await refresh({ fields: { refresh_token: undefined } });
    assert.ok(tokens?.idToken);
    assert.equal(tokens?.refreshToken, undefined);
    assert.deepEqual(rotated, []);
  });

  const ours: [what: string, claims: Part][] = [
    ['a later auth_time', () => ({ auth_time: now() })],
    ['another nonce', { nonce: 'n2' }],
    ['a nonce that is null', { nonce: null }],
    ['azp that is null', { azp: null }],
    ['a list of one audience', { aud: [clientId] }],
    ['several audiences, and our azp', { aud: ['project', clientId], azp: clientId }],
    ['an issue time before that of the token before', () => ({ iat: soon(-500) })],
  ];
  for (const [what, claims] of ours) {
    test(`T04 accepts ${what}`, async () => assert.ok((await refresh({ claims })).tokens));
  }

  const notOurs: [id: string, what: string, code: ErrorCode, difference: Deviation][] = [
    ['I43', 'oidcc-client-test-refresh-token-invalid-sub', 'identity-changed', { claims: { sub: 'eve' } }],
    [
      'I44',
      'oidcc-client-test-refresh-token-invalid-issuer',
      'identity-changed',
      { claims: { iss: 'https://evil.example' } },
    ],
    ['I44', 'another audience', 'bad-id-token', { claims: { aud: 'other' } }],
    ['I44', "another client's azp", 'bad-id-token', { claims: { azp: 'other' } }],
    ['I44', 'no subject', 'bad-id-token', { claims: { sub: undefined } }],
    ['I44', 'no issuer', 'bad-id-token', { claims: { iss: null } }],
    ['I44', 'bad signature', 'bad-id-token', { key: stranger }],
  ];
  for (const [id, what, code, difference] of notOurs) {
    test(`${id} ${what}: ${code}, the new refresh token is stored`, async () => {
      const { error, rotated } = await refresh(difference);
      assertRefused(error, code);
      assert.deepEqual(rotated, [secrets.refresh]);
    });
  }

  test('I45 without ID token has its own error, and the new refresh token is stored', async () => {
    const { error, rotated } = await refresh({ fields: { id_token: undefined } });
    assert.ok(error instanceof RefreshWithoutIdToken);
    assert.deepEqual(rotated, [secrets.refresh]);
  });

  test('I46 invalid_grant concerns this token alone', async () => {
    const { error, rotated } = await refresh({ answer: jsonError('invalid_grant') });
    assert.ok(error instanceof RefreshTokenRefused);
    assert.deepEqual(rotated, []);
  });

  test('I46 other refusals do not', async () => {
    for (const error of [
      'invalid_client',
      'unauthorized_client',
      'invalid_scope',
      'temporarily_unavailable',
    ]) {
      assertRefused((await refresh({ answer: jsonError(error) })).error, 'provider-failed');
    }
  });

  // In a refresh bad-id-token ends the sign-in. An answer before that check must not end it.
  for (const [id, what, code, text, difference] of badAnswers.slice(1)) {
    const keys = difference.keys !== undefined;
    test(`${id} ${what}: ${keys ? 'nothing is spent' : 'the sign-in stays'}`, async () => {
      const { error, rotated } = await refresh(difference);
      assertRefused(error, code, text);
      if (keys) assert.ok(!provider.requests.includes('/token'));
      if (/refresh token|error with status 200/.test(what)) assert.deepEqual(rotated, []);
    });
  }

  test('I48 whose keys are gone after it stores the new refresh token', async () => {
    for (const gone of [{ status: 500 }, { body: '<html>' }, { body: {} }] as Answer[]) {
      serveKeys(provider, [one]);
      const vanish: Deviation = {
        key: two,
        idToken(token) {
          provider.jwks = () => gone;
          return token;
        },
      };
      const { error, rotated } = await refresh(vanish);
      assertRefused(error, 'provider-failed');
      assert.deepEqual(rotated, [secrets.refresh]);
    }
  });

  test('stores the new refresh token in every notation of the token endpoint', async () => {
    for (const origin of [url('').toUpperCase(), url('').replace('127.0.0.1', '127.1'), url('/x/..')]) {
      const { rotated } = await refresh({ metadata: { token_endpoint: `${origin}/token` } });
      assert.deepEqual(rotated, [secrets.refresh], origin);
    }
  });

  test('whose new refresh token cannot be stored says why', async () => {
    prepare({}, () => ({}));
    const client = await connect();
    const locked = new DaypassError('keychain-locked', 'the keychain is locked');
    await assert.rejects(
      client.refresh('refresh-token-one', 'ada', () => Promise.reject(locked)),
      { code: 'keychain-locked' },
    );
  });
});

suite('a callback', () => {
  const bad: [
    id: string,
    what: string,
    callback: Record<string, string>,
    metadata?: Record<string, unknown>,
  ][] = [
    ['I50', 'another issuer', { iss: 'https://evil.example' }],
    ['I50', 'no issuer though it is promised', {}, { authorization_response_iss_parameter_supported: true }],
    ['N14', 'another state', { state: 'x'.repeat(43) }],
    ['I51', 'an ID token', { id_token: 'x' }],
    ['I51', 'a JARM response', { response: 'x' }],
  ];
  for (const [id, what, callback, metadata] of bad) {
    test(`${id} with ${what} is refused before the code is spent`, async () => {
      await assert.rejects(exchange({ ...(metadata ? { metadata } : {}) }, { callback }), DaypassError);
      assert.ok(!provider.requests.includes('/token'));
    });
  }

  test('I50 with the issuer is accepted', async () => {
    const metadata = { authorization_response_iss_parameter_supported: true };
    await exchange({ metadata }, { callback: { iss: provider.issuer } });
  });

  const errors: [error: string, code: ErrorCode][] = [
    ['access_denied', 'denied'],
    ['login_required', 'denied'],
    ['consent_required', 'denied'],
    ['something\x1b[31m', 'denied'],
    ['server_error', 'provider-failed'],
    ['temporarily_unavailable', 'provider-failed'],
    ['invalid_scope', 'provider-failed'],
    ['unauthorized_client', 'provider-failed'],
  ];
  for (const [error, code] of errors) {
    test(`B21 with ${JSON.stringify(error)}: ${code}`, async () => {
      const client = await connect();
      const { state, ...request } = await client.authorizationRequest(redirectUri);
      const parameters = new URLSearchParams({ error, state, error_description: 'a\nb\x07\u202e' });
      await assert.rejects(client.exchange({ state, ...request }, parameters), (thrown) => {
        assertRefused(thrown, code, /a.b/);
        return true;
      });
    });
  }
});

test('N2 N10 N11 a request has PKCE, state and nonce, new each time', async () => {
  const client = await connect({ authorizeParams: { prompt: 'login' }, scopes: ['openid', 'groups'] });
  const requests = await Promise.all([1, 2].map(() => client.authorizationRequest(redirectUri)));
  for (const { url: address, state, nonce, codeVerifier } of requests) {
    const { code_challenge: challenge, ...rest } = Object.fromEntries(new URL(address).searchParams);
    assert.deepEqual(rest, {
      ...{ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid groups' },
      ...{ state, nonce, code_challenge_method: 'S256', prompt: 'login' },
    });
    assert.match(codeVerifier, /^[\w.~-]{43,128}$/);
    assert.equal(challenge, createHash('sha256').update(codeVerifier).digest('base64url'));
  }
  const [first, second] = requests;
  for (const part of ['state', 'nonce', 'codeVerifier'] as const)
    assert.notEqual(first?.[part], second?.[part]);
});

test('the code is posted once, with verifier, redirect address and client, as a public client', async () => {
  let posted = new URLSearchParams();
  let nonce = '';
  provider.metadata = {};
  provider.token = (form) => {
    posted = form;
    return tokenAnswer({}, { nonce });
  };
  const client = await connect();
  const request = await client.authorizationRequest(redirectUri);
  nonce = request.nonce;
  await client.exchange(request, new URLSearchParams({ code: secrets.code, state: request.state }));
  assert.deepEqual(Object.fromEntries(posted), {
    grant_type: 'authorization_code',
    code: secrets.code,
    redirect_uri: redirectUri,
    code_verifier: request.codeVerifier,
    client_id: clientId,
  });
});

test('T08 a person is named by the most readable claim', () => {
  const claims = {
    ...{ sub: 's', name: 'n', unique_name: 'DOMAIN\\ada', upn: 'u', preferred_username: 'p', email: 'e' },
  } as unknown as IdTokenClaims;
  assert.equal(displayName(claims), 'e');
  assert.equal(displayName({ ...claims, email: '' }), 'p');
  assert.equal(displayName({ ...claims, email: ['x'], preferred_username: null }), 'u');
  // AD FS: https://learn.microsoft.com/windows-server/identity/ad-fs/development/custom-id-tokens-in-ad-fs
  const adfs = { ...claims, email: undefined, preferred_username: undefined };
  assert.equal(displayName({ ...adfs, upn: ' ' }), 'DOMAIN\\ada');
  assert.equal(displayName({ ...adfs, upn: 7, unique_name: 7 }), 'n');
  assert.equal(displayName({ ...adfs, upn: '', unique_name: '', name: '' }), 's');
});

test('T10 the login hint is what the person signs in with, and no other text', () => {
  const claims = { sub: 's', name: 'Ada', email: 'e', upn: 'u' } as unknown as IdTokenClaims;
  assert.equal(accountHint({ ...claims, login_hint: 'O.opaque' }), 'O.opaque');
  assert.equal(accountHint({ ...claims, preferred_username: 'p' }), 'p');
  assert.equal(accountHint({ ...claims, preferred_username: 'a\nb' }), 'u');
  assert.equal(accountHint({ ...claims, upn: 'x'.repeat(600) }), 'e');
  assert.equal(accountHint({ ...claims, upn: null, email: [] }), undefined);
});

test('T10 the login hint of the settings wins', async () => {
  const hinted = async (authorizeParams: Record<string, string>, hint?: string) => {
    const { url } = await (await connect({ authorizeParams })).authorizationRequest(redirectUri, hint);
    return new URL(url).searchParams.getAll('login_hint');
  };
  assert.deepEqual(await hinted({}, 'ada@example.com'), ['ada@example.com']);
  assert.deepEqual(await hinted({ login_hint: 'bob' }, 'ada@example.com'), ['bob']);
  assert.deepEqual(await hinted({}), []);
});

test('T09 a scope that daypass adds is left out if the provider refuses it, and a configured one is not', async () => {
  provider.metadata = { scopes_supported: ['openid', 'offline_access'] };
  const client = await connect();
  const scope = (url: string | undefined) => url && new URL(url).searchParams.get('scope');
  const { url } = await client.authorizationRequest(redirectUri);
  assert.equal(scope(url), 'openid email offline_access');
  assert.equal(client.withFewerScopes(url, 'access_denied'), undefined);
  const again = client.withFewerScopes(url, 'invalid_scope') ?? '';
  assert.equal(again, url.replace('+offline_access', ''));
  assert.equal(scope(client.withFewerScopes(again, 'invalid_scope')), 'openid');
  assert.equal(client.withFewerScopes(again, 'invalid_scope'), undefined);
  const configured = await connect({ scopes: ['openid', 'email'] });
  assert.equal(configured.withFewerScopes(url, 'invalid_scope'), undefined);
});
