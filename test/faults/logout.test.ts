// `logout` deletes all records of a sign-in and nothing else: cases K16, K18 and K19 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { type Case, fault } from './fault.ts';
import { recordsOf, secretFiles } from './stored-records.ts';

suite('logout leaves nothing', { concurrency: 4 }, () => {
  logoutLeavesNothing();
});

function logoutLeavesNothing(): void {
  const gone = /its session is deleted from this machine/;
  const signedOut: Case = { session: true, ends: true, tokenRequests: 0, prints: gone };
  fault('K16', 'logout succeeds twice and revokes once', {
    ...signedOut,
    act: async (stage) => {
      const { signIn: account, credentials } = await recordsOf(stage);
      const call = await stage.daypass(['logout']);
      for (const name of [account, credentials])
        assert.equal(await stage.keyring.lookup('daypass', name), undefined);
      assert.equal(stage.provider.counts.revocation, 1);
      const again = await stage.daypass(['logout']);
      assert.deepEqual(
        { code: again.code, stderr: again.stderr, stdout: again.stdout },
        { code: 0, stderr: '', stdout: 'profile developer was not signed in\n' },
      );
      assert.equal(stage.provider.counts.revocation, 1);
      return call;
    },
  });
  fault('K16', 'logout deletes a session in files', {
    ...{ ...signedOut, keys: { daypass_store: 'file' } },
    act: async (stage) => {
      assert.equal(secretFiles(stage).length, 2);
      return stage.daypass(['logout']);
    },
    inspect: (stage) => assert.deepEqual(secretFiles(stage), []),
  });
  fault('K18', 'one logout deletes 200 roles of a sign-in', {
    ...{ ...signedOut, within: 120_000 },
    act: async (stage) => {
      const { signIn: account, credentials } = await recordsOf(stage);
      const record = (await stage.keyring.lookup('daypass', credentials)) ?? '';
      const signInRecord = JSON.parse((await stage.keyring.lookup('daypass', account)) ?? '');
      const secrets: Record<string, string> = {};
      for (let role = 1; role < 200; role++) secrets[role.toString(16).padStart(32, 'f')] = record;
      signInRecord.credentials.push(...Object.keys(secrets));
      await stage.keyring.store('daypass', { ...secrets, [account]: JSON.stringify(signInRecord) });
      const call = await stage.daypass(['logout']);
      for (const name of [account, ...signInRecord.credentials])
        assert.equal(await stage.keyring.lookup('daypass', name), undefined);
      return call;
    },
  });
  fault('K19', "logout keeps another program's entry under the same service", {
    ...signedOut,
    arrange: ({ keyring }) =>
      keyring.store('daypass', { 'another program': 'its secret', ['f0'.repeat(16)]: 'its secret' }),
    act: async (stage) => {
      assertVersion1((await stage.daypass()).stdout);
      return stage.daypass(['logout']);
    },
    inspect: async ({ keyring }) => {
      for (const name of ['another program', 'f0'.repeat(16)])
        assert.equal(await keyring.lookup('daypass', name), 'its secret');
    },
  });
}
