import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionKeys, signInIdentity } from '../../src/session/keys.ts';
import { parseCredentialsRecord, parseSignInRecord } from '../../src/session/records.ts';
import type { Settings } from '../../src/settings/settings.ts';

const settings: Settings = {
  signInFlags: '--profile developer',
  profile: 'developer',
  issuer: 'https://login.example.com',
  clientId: 'daypass',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
  authorizeParams: {},
  duration: 3600,
  policyArns: [],
  region: 'eu-west-1',
  redirectPorts: [],
  redirectHost: '127.0.0.1',
  redirectPath: '/callback',
  store: 'keychain',
  nonInteractive: false,
  deviceCode: false,
  timeout: 55,
};

const credentials = {
  version: 1,
  issuer: settings.issuer,
  roleArn: settings.roleArn,
  credentials: {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sessionToken: 'x'.repeat(700),
    expiration: '2030-03-17T17:46:40Z',
  },
  issuedAt: 1_899_996_400_000,
  lifetime: 3_600_000,
  sub: 'ada',
};

const signIn = {
  version: 1,
  identity: signInIdentity(settings),
  iss: settings.issuer,
  sub: 'ada',
  aud: 'daypass',
  name: 'ada@example.com',
  generation: 1,
  credentials: ['0'.repeat(32)],
};

test('written records are read again', () => {
  assert.deepEqual(parseCredentialsRecord(JSON.stringify(credentials), settings), credentials);
  assert.deepEqual(parseSignInRecord(JSON.stringify(signIn), settings), signIn);
});

test('a sign-in of 0.1.0, which held more claims, is read', () => {
  const older = { ...signIn, authTime: 1000, nonce: 'n', idTokenIssued: 2000 };
  assert.deepEqual(parseSignInRecord(JSON.stringify(older), settings), older);
});

const noCredentials: [what: string, text: string | undefined][] = [
  ['nothing', undefined],
  ['no text', ''],
  ['half a record', JSON.stringify(credentials).slice(0, 300)],
  ['null', 'null'],
  ['a number', '7'],
  ['a record of another issuer', JSON.stringify({ ...credentials, issuer: 'https://evil.example' })],
  ['an array', '[]'],
  ['another version', JSON.stringify({ ...credentials, version: 2 })],
  ['the record of another role', JSON.stringify({ ...credentials, roleArn: `${settings.roleArn}Other` })],
  ['a lifetime that is no number', JSON.stringify({ ...credentials, lifetime: 'long' })],
  ['no credentials', JSON.stringify({ ...credentials, credentials: undefined })],
  ['an access key with a newline', withCredential('accessKeyId', 'ASIA\nIOSFODNN7EXAMPLE')],
  ['a secret with a quote', withCredential('secretAccessKey', `"${'x'.repeat(40)}`)],
  ['a token with an escape', withCredential('sessionToken', `\u001b[31m${'x'.repeat(40)}`)],
  ['an expiration as a number', withCredential('expiration', 1_900_000_000_000)],
  ['an expiration with an offset', withCredential('expiration', '2030-01-01T00:00:00+01:00')],
  ['an expiration with fractions', withCredential('expiration', '2030-01-01T00:00:00.5Z')],
  ['five megabytes', JSON.stringify({ ...credentials, filler: 'x'.repeat(5_000_000) })],
];

for (const [what, text] of noCredentials) {
  test(`${what} in place of credentials is a miss`, () => {
    assert.equal(parseCredentialsRecord(text, settings), undefined);
  });
}

const noSignIn: [what: string, change: object][] = [
  ['of other settings', { identity: signInIdentity({ ...settings, clientId: 'other' }) }],
  ['of another issuer', { iss: 'https://evil.example' }],
  ['without a subject', { sub: undefined }],
  ['with a generation that is no number', { generation: 'one' }],
  ['that names foreign accounts', { credentials: ['../../etc/passwd'] }],
  ['with a refresh token that is no text', { refreshToken: { a: 1 } }],
];

for (const [what, change] of noSignIn) {
  test(`a sign-in record ${what} is a miss`, () => {
    assert.equal(parseSignInRecord(JSON.stringify({ ...signIn, ...change }), settings), undefined);
  });
}

const same = (a: Partial<Settings>, b: Partial<Settings>) => {
  const [one, two] = [sessionKeys({ ...settings, ...a }), sessionKeys({ ...settings, ...b })];
  return { signIn: one.signIn === two.signIn, credentials: one.credentials === two.credentials };
};

test('account names are lower-case hex, and differ for each sign-in and each role', () => {
  for (const key of Object.values(sessionKeys(settings))) assert.match(key, /^[0-9a-f]{32}$/);
  assert.deepEqual(same({}, { roleArn: `${settings.roleArn}Other` }), { signIn: true, credentials: false });
  assert.deepEqual(same({}, { duration: 900 }), { signIn: true, credentials: false });
  assert.deepEqual(same({}, { issuer: 'https://login.example.com/' }), { signIn: false, credentials: false });
  assert.deepEqual(same({}, { store: 'file' }), { signIn: false, credentials: false });
});

test('the order of scopes, a prompt, the profile and the region do not change the session', () => {
  const one = { scopes: ['openid', 'email'], authorizeParams: { prompt: 'consent', audience: 'x' } };
  const two = {
    scopes: ['email', 'openid'],
    authorizeParams: { audience: 'x' },
    profile: 'other',
    region: 'eu-west-2',
  };
  assert.deepEqual(same(one, two), { signIn: true, credentials: true });
  assert.deepEqual(same({ authorizeParams: { audience: 'x' } }, {}), { signIn: false, credentials: false });
});

function withCredential(name: string, value: unknown): string {
  return JSON.stringify({ ...credentials, credentials: { ...credentials.credentials, [name]: value } });
}

test('records of commit 74ed78f, the version before, have the same names and are accepted', () => {
  const before: Settings = {
    ...settings,
    scopes: ['openid', 'email'],
    authorizeParams: { prompt: 'consent', audience: 'aws' },
  };
  const names = {
    signIn: 'd92f50bcc1e50bf8ce76d62965cb9baa',
    credentials: '481c760c314cfc00f10226cee052cc3a',
  };
  const { signIn, credentials } = sessionKeys(before);
  assert.deepEqual({ signIn, credentials }, names);
  const identity = `["https://login.example.com","daypass",["email","openid"],[["audience","aws"]],"keychain"]`;
  const storedSignIn = `{"version":1,"identity":${identity},"iss":"https://login.example.com","sub":"ada",
    "aud":"daypass","authTime":1795962000,"nonce":"n","name":"ada@example.com","generation":3,"credentials":
    ["${names.credentials}"],"refreshToken":"r","idToken":"i","idTokenIssued":1795962000,
    "idTokenExpires":1795965600000}`;
  assert.equal(parseSignInRecord(storedSignIn, before)?.refreshToken, 'r');
  const storedCredentials = `{"version":1,"issuer":"https://login.example.com","roleArn":"${before.roleArn}",
    "credentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"wJalrXUtnFEMI","sessionToken":"token",
    "expiration":"2030-03-17T17:46:40Z"},"issuedAt":1795962000000,"lifetime":3600000,"sub":"ada"}`;
  assert.equal(parseCredentialsRecord(storedCredentials, before)?.sub, 'ada');
});
