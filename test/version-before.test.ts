// The version before stored the session, or runs at the same time. It is built from git's history.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { assertVersion1 } from './support/credentials-format.ts';
import { openStageFor } from './support/logging-stage.ts';
import { later } from './support/other-clock.ts';
import { signInProgram } from './support/stage.ts';

const root = resolve(import.meta.dirname, '..');
const commit = '74ed78fd6239d2e7745462df925a94df2ccd6787';
const hasHistory = spawnSync('git', ['cat-file', '-e', `${commit}:src`], { cwd: root }).status === 0;
const keys = { daypass_browser: signInProgram };
const profile = ['--profile', 'developer'];

const skip = hasHistory ? false : 'this clone lacks the commit; test/session/records.test.ts has its records';
suite('the version before', { skip, concurrency: 3 }, () => {
  let folder = '';
  let old: string[] = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'daypass-before-'));
    const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 100_000_000 });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: 'ignore' });
    old = [process.execPath, join(folder, 'dist/daypass.cjs')];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('its session is a hit, is renewed silently, and logout deletes it', async (t) => {
    const stage = await openStageFor(t, { keys });
    const { sandbox, keyring, provider } = stage;
    const signedIn = await sandbox.runProgram([...old, ...profile]);
    assert.equal(signedIn.code, 0, signedIn.stderr);
    const entries = await keyring.accounts('daypass');
    const hit = await stage.daypass(['--non-interactive']);
    assert.deepEqual([hit.code, hit.stderr, hit.stdout], [0, '', signedIn.stdout]);
    const renewed = await stage.daypass(['--non-interactive'], later('+3h'));
    assert.deepEqual([renewed.code, renewed.stderr], [0, '']);
    assert.equal(provider.counts.codeExchange, 1);
    assert.deepEqual(await keyring.accounts('daypass'), entries, 'the same entries');
    assert.equal((await stage.daypass(['logout'])).code, 0);
    assert.deepEqual(await keyring.accounts('daypass'), []);
  });

  test('callers of both versions at once open one tab, and both get credentials', async (t) => {
    const stage = await openStageFor(t, { keys });
    const { sandbox, provider, keyring } = stage;
    const calls = Array.from({ length: 6 }, (_, index) =>
      index % 2 ? stage.daypass() : sandbox.runProgram([...old, ...profile]),
    );
    for (const { code, stdout, stderr } of await Promise.all(calls)) {
      assert.deepEqual([code, stderr], [0, '']);
      assertVersion1(stdout);
    }
    assert.equal(provider.counts.codeExchange, 1);
    assert.equal((await stage.daypass(['logout'])).code, 0);
    assert.deepEqual(await keyring.accounts('daypass'), []);
  });

  test('it uses the session of this version', async (t) => {
    const stage = await openStageFor(t, { keys });
    const { sandbox, provider, keyring } = stage;
    const signedIn = await stage.daypass();
    assert.equal(signedIn.code, 0, signedIn.stderr);
    const hit = await sandbox.runProgram([...old, ...profile]);
    assert.deepEqual([hit.code, hit.stderr, hit.stdout], [0, '', signedIn.stdout]);
    assert.equal(provider.counts.codeExchange, 1);
    assert.equal((await sandbox.runProgram([...old, 'logout', ...profile])).code, 0);
    assert.deepEqual(await keyring.accounts('daypass'), []);
  });
});
