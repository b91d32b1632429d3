// The store is probed during discovery, and before a token is spent. The tests decide how long the probe
// takes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { type Deferred, deferred } from '../../src/process/deferred.ts';
import { Failed } from '../../src/renewal/failed.ts';
import { renew } from '../../src/renewal/renew.ts';
import { SessionWriter } from '../../src/renewal/session-writer.ts';
import { Waiters } from '../../src/renewal/waiters.ts';
import { sessionKeys } from '../../src/session/keys.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { stateDirectory } from '../../src/state/directory.ts';
import { FileStore } from '../../src/store/file-store.ts';
import type { SecretStore } from '../../src/store/secret-store.ts';
import { openStage, type Stage, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** Starts a renewal in this process that must refresh. `checked` ends the probe of the store. */
async function beginRefresh(
  t: TestContext,
  prepare = (_stage: Stage) => {},
): Promise<{
  stage: Stage;
  checked: Deferred<void>;
  renewal: ReturnType<typeof renew>;
  ended: () => boolean;
}> {
  const stage = await openStage({
    // From the start too short for STS.
    idTokenTtl: 60,
    keys: { daypass_browser: signInProgram, daypass_store: 'file' },
  });
  t.after(() => stage.close());
  assert.equal((await stage.daypass()).code, 0);
  await until(() => stage.sandbox.processes().length === 0, 'the sign-in is over');
  const { env, home } = stage.sandbox;
  const settings = loadSettings({ flags: new Map([['profile', 'developer']]), env, home });
  const keys = sessionKeys(settings);
  const folder = join(stateDirectory(env, home), keys.signIn);
  const files = new FileStore(folder);
  await files.delete(keys.credentials);
  prepare(stage);
  const checked = deferred();
  const store: SecretStore = {
    read: (account) => files.read(account),
    write: (account, value) => files.write(account, value),
    delete: (account) => files.delete(account),
    check: () => checked.promise,
    close() {},
  };
  const log = () => {};
  const session = { settings, keys, folder, store, log };
  const renewal = renew({
    ...session,
    writer: new SessionWriter(session),
    waiters: new Waiters(log),
    force: false,
    umask: 0o077,
    cancelled: new Promise(() => {}),
  });
  let ended = false;
  const end = () => {
    ended = true;
  };
  renewal.then(end, end);
  return { stage, checked, renewal, ended: () => ended };
}

/** Waits until the renewal, which runs in this process, would have taken its next step. */
async function takeTurns({ provider }: Stage): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await (await fetch(`${provider.issuer}/jwks`)).text();
}

test('a refresh token is spent only after the probe of the store', async (t) => {
  const { stage, checked, renewal } = await beginRefresh(t);
  const { counts } = stage.provider;
  await until(() => counts.discovery === 2, 'discovery runs meanwhile');
  await takeTurns(stage);
  assert.equal(counts.refresh, 0);
  checked.resolve();
  const { record } = await renewal;
  assert.equal(counts.refresh, 1);
  assert.equal(record.credentials.accessKeyId.length, 20);
});

test('a refresh token is not spent if the probe fails', async (t) => {
  const { stage, checked, renewal } = await beginRefresh(t);
  const { counts } = stage.provider;
  await until(() => counts.discovery === 2, 'discovery runs meanwhile');
  checked.reject(new DaypassError('keychain-locked', 'the keychain is locked'));
  await assert.rejects(renewal, (failed) => {
    assert.ok(failed instanceof Failed);
    assert.deepEqual([failed.error.code, failed.scope], ['keychain-locked', 'sign-in']);
    return true;
  });
  assert.equal(counts.refresh, 0);
});

test('a renewal that fails meanwhile waits for the probe, which would leave an entry otherwise', async (t) => {
  const { stage, checked, renewal, ended } = await beginRefresh(t, ({ provider }) =>
    provider.answer('discovery', (_request, response) => response.writeHead(503).end()),
  );
  await until(() => stage.provider.counts.discovery === 2, 'discovery begins');
  await takeTurns(stage);
  assert.equal(ended(), false);
  checked.resolve();
  await assert.rejects(renewal, (failed) => {
    assert.ok(failed instanceof Failed);
    assert.equal(failed.error.code, 'provider-failed');
    return true;
  });
});
