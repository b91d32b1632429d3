import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  freshness,
  readSession,
  remaining,
  storedCredentials,
  willRenewSilently,
} from '../../src/session/freshness.ts';
import { type SessionKeys, signInIdentity } from '../../src/session/keys.ts';
import type { CredentialsRecord, SignInRecord } from '../../src/session/records.ts';
import type { Settings } from '../../src/settings/settings.ts';

const now = 1_900_000_000_000;

function issued(secondsAgo: number, lifetime: number): CredentialsRecord {
  return { issuedAt: now - secondsAgo * 1000, lifetime: lifetime * 1000 } as CredentialsRecord;
}

const table: [lifetime: number, left: number, state: string][] = [
  [3600, 3600, 'fresh'],
  [3600, 960, 'fresh'],
  [3600, 959, 'ageing'],
  [3600, 120, 'ageing'],
  [3600, 119, 'expiring'],
  [3600, 31, 'expiring'],
  [3600, 30, 'expired'],
  [3600, -5, 'expired'],
  [900, 450, 'fresh'],
  [900, 449, 'ageing'],
  [900, 119, 'expiring'],
  [43200, 960, 'fresh'],
  [43200, 959, 'ageing'],
  [120, 60, 'fresh'],
  [120, 59, 'ageing'],
  [120, 29, 'expiring'],
  [120, 15, 'expired'],
];

for (const [lifetime, left, state] of table) {
  test(`credentials with ${left} s left of ${lifetime} s are ${state}`, () => {
    assert.equal(freshness(issued(lifetime - left, lifetime), now), state);
  });
}

test('credentials that were issued in the future have no time left', () => {
  assert.equal(remaining(issued(-1, 3600), now), 0);
});

const settings = {
  issuer: 'https://login.example.com',
  clientId: 'daypass',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
  authorizeParams: {},
  store: 'keychain',
} as Partial<Settings> as Settings;
const keys: SessionKeys = { signIn: '0'.repeat(32), credentials: '1'.repeat(32) };

const record = (minutesLeft: number): CredentialsRecord => ({
  version: 1,
  issuer: settings.issuer,
  roleArn: settings.roleArn,
  credentials: {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sessionToken: 'x'.repeat(700),
    expiration: '2030-03-17T17:46:40Z',
  },
  issuedAt: Date.now() - (60 - minutesLeft) * 60_000,
  lifetime: 3_600_000,
  sub: 'ada',
});

const signIn = (sub: string): SignInRecord => ({
  version: 1,
  identity: signInIdentity(settings),
  iss: settings.issuer,
  sub,
  aud: 'daypass',
  name: sub,
  generation: 1,
  credentials: [keys.credentials],
});

/** Reads the session from a store with these records. */
const sessionOf = (credentials: object, signedIn?: object) =>
  readSession(
    {
      read: async (account) => {
        const found = account === keys.credentials ? credentials : signedIn;
        return found && JSON.stringify(found);
      },
    },
    { settings, keys },
  );

test('a missing record is expired', () => {
  assert.deepEqual(storedCredentials(undefined, settings), {
    record: undefined,
    state: 'expired',
    usable: undefined,
  });
});

test('an expired record is returned, but it is not usable', () => {
  const { record: found, state, usable } = storedCredentials(JSON.stringify(record(-1)), settings);
  assert.deepEqual([found?.sub, state, usable], ['ada', 'expired', undefined]);
});

test('a record with time left is usable', () => {
  const { record: found, state, usable } = storedCredentials(JSON.stringify(record(1)), settings);
  assert.deepEqual([found?.sub, state, usable], ['ada', 'expiring', found]);
});

test('credentials of another person than the one who is signed in count as none', async () => {
  assert.equal((await sessionOf(record(30), signIn('ada'))).usable?.sub, 'ada');
  assert.equal((await sessionOf(record(30), signIn('bob'))).record, undefined);
});

test('without a sign-in the credentials count', async () => {
  assert.equal((await sessionOf(record(30))).usable?.sub, 'ada');
});

const signInWith = (fields: Partial<SignInRecord>) => fields as SignInRecord;
const later = now + 7200_000;
const promises: [what: string, signIn: SignInRecord | undefined, promised: boolean][] = [
  ['a refresh token', signInWith({ refreshToken: 'r' }), true],
  ['no sign-in', undefined, false],
  ['a refresh token that was refused and dropped', signInWith({}), false],
  [
    'a refresh that the provider refused for another reason',
    signInWith({ refreshToken: 'r', refreshRefused: true }),
    false,
  ],
  ['a refresh that brings no ID token', signInWith({ refreshToken: 'r', refreshIsUseless: true }), false],
  ['an ID token that outlives the credentials', signInWith({ idToken: 'i', idTokenExpires: later }), true],
  ['an ID token that ends before them', signInWith({ idToken: 'i', idTokenExpires: now + 1800_000 }), false],
  ['an ID token that STS refused before its end', signInWith({ idTokenExpires: later }), false],
];
for (const [what, of, promised] of promises) {
  test(`a renewal without a browser is ${promised ? '' : 'not '}promised with ${what}`, () => {
    // The credentials do not say until when: they were issued while there was a refresh token.
    assert.equal(willRenewSilently(issued(0, 3600), of, now), promised);
  });
}
