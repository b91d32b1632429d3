// The built program stores a session in a real keyring whose entries are limited as on Windows.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { assertVersion1 } from './support/credentials-format.ts';
import { openStageFor } from './support/logging-stage.ts';
import { daypassPath, npmProgram, type Program } from './support/sandbox.ts';
import { signInProgram } from './support/stage.ts';

const limit = 2560;

/** Runs daypass with processes that use the entry limit of Windows, and nothing else of Windows. */
function programWithSmallEntries(t: TestContext): Program {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-small-entries-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [node, preload] = [join(folder, 'node'), join(folder, 'preload.cjs')];
  writeFileSync(node, `#!/bin/sh\nexec '${process.execPath}' --require '${preload}' "$@"\n`, { mode: 0o755 });
  writeFileSync(
    preload,
    `// Every child process of this Node also loads this file.
    process.execPath = ${JSON.stringify(node)};
    const { platform } = process;
    const whoAsks = () => new Error().stack.split('\\n')[3];
    const get = () => (whoAsks().includes('openKeychain') ? 'win32' : platform);
    Object.defineProperty(process, 'platform', { get });`,
  );
  return { ...npmProgram, words: [node, daypassPath] };
}

test('a session larger than an entry works: sign-in, hits, renewal, a damaged piece, logout', async (t) => {
  const program = programWithSmallEntries(t);
  const stage = await openStageFor(t, { program, keys: { daypass_browser: signInProgram } });
  const { provider, sts, keyring } = stage;
  sts.tokenBytes = 6000;
  const costs = () => ({ tabs: provider.counts.authorization, sts: sts.calls.length });
  const answer = async () => {
    const { code, stdout, stderr } = await stage.daypass();
    assert.deepEqual([code, stderr], [0, '']);
    assertVersion1(stdout);
    return stdout;
  };
  const pieces = async () =>
    (await keyring.accounts('daypass')).filter((account) => /\.[ab]\d+$/.test(account));

  const first = await answer();
  assert.equal(await answer(), first);
  assert.deepEqual(costs(), { tabs: 1, sts: 1 });
  for (const account of await keyring.accounts('daypass')) {
    const value = (await keyring.lookup('daypass', account)) ?? '';
    assert.ok(Buffer.byteLength(value) <= limit, `${account} has ${Buffer.byteLength(value)} bytes`);
  }
  const before = await pieces();
  assert.ok(before.length >= 3, before.join());

  assert.equal((await stage.daypass(['login', '--force'])).code, 0);
  const second = await answer();
  assert.notEqual(second, first);
  assert.deepEqual(costs(), { tabs: 2, sts: 2 });
  const after = await pieces();
  assert.deepEqual(
    before.filter((account) => after.includes(account)),
    [],
    'the pieces before these are still there',
  );

  // The record of the credentials alone is larger than two entries.
  const [damaged = ''] = after.filter((account) => account.endsWith('2'));
  await keyring.store('daypass', { [damaged]: 'damaged' });
  assert.notEqual(await answer(), second);
  assert.deepEqual(costs(), { tabs: 2, sts: 3 });

  assert.equal((await stage.daypass(['logout'])).code, 0);
  assert.deepEqual(await keyring.accounts('daypass'), []);
});
