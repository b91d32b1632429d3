import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { SessionWriter } from '../../src/renewal/session-writer.ts';
import type { CredentialsRecord, SignInRecord } from '../../src/session/records.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { SecretStore } from '../../src/store/secret-store.ts';

test('only a later save of the same account removes the error of a failed save', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-writer-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const settings = { issuer: 'https://i', clientId: 'c', authorizeParams: {}, store: 'file', profile: 'p' };
  let fails = true;
  const store = {
    async write() {
      if (fails) throw new DaypassError('keychain-unresponsive', 'no answer');
    },
  };
  const writer = new SessionWriter({
    settings: settings as Partial<Settings> as Settings,
    keys: { signIn: 'sign-in', credentials: 'credentials' },
    folder,
    store: store as Partial<SecretStore> as SecretStore,
    log: () => {},
  });
  writer.found({ refreshToken: 'old' } as SignInRecord);
  await writer.saveSignIn({ refreshToken: 'old' } as SignInRecord);
  assert.equal(writer.lostRefreshToken, undefined);
  await writer.saveSignIn({ refreshToken: 'new' } as SignInRecord);
  assert.equal(writer.lostRefreshToken, 'new');
  fails = false;
  await writer.saveCredentials({} as CredentialsRecord);
  assert.equal(writer.failure?.code, 'keychain-unresponsive');
  await writer.saveSignIn({ refreshToken: 'new' } as SignInRecord);
  assert.equal(writer.lostRefreshToken, undefined);
  assert.equal(writer.failure, undefined);
});
