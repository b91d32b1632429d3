// Runs the executables for musl and arm64, with the file store: this machine has no libsecret for them.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { buildExecutable, executableFor } from '../support/executable.ts';
import type { Program } from '../support/sandbox.ts';
import { openStage, type Stage, signInProgram } from '../support/stage.ts';
import { linuxArm64, musl } from './machine.ts';

async function openStageWith(t: TestContext, program: Program): Promise<Stage> {
  const stage = await openStage({ program, keys: { daypass_browser: signInProgram, daypass_store: 'file' } });
  t.after(() => stage.close());
  return stage;
}

const path = '/usr/bin:/bin';

test('linux-x64-musl: --version, a first sign-in, a hit, another sign-in and logout', async (t) => {
  const replace = 'mount --bind "$0" /lib/x86_64-linux-musl && exec "$@"';
  const inNamespace = ['--mount', '/bin/sh', '-c', replace, await musl(), executableFor('linux-x64-musl')];
  const stage = await openStageWith(t, { words: ['/usr/bin/unshare', ...inNamespace], path });
  const version = await stage.sandbox.run(['--version']);
  assert.deepEqual([version.code, version.stderr], [0, '']);
  assert.match(version.stdout, /^daypass \d/);
  const first = await stage.daypass();
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assertVersion1(first.stdout);
  assert.equal((await stage.daypass()).stdout, first.stdout);
  assert.equal(stage.sts.calls.length, 1);
  const forced = await stage.daypass(['login', '--force']);
  assert.equal(forced.code, 0, forced.stderr);
  assert.notEqual((await stage.daypass()).stdout, first.stdout);
  assert.equal((await stage.daypass(['logout'])).code, 0);
});

test('linux-arm64: --version, and a hit of what the executable of this machine has stored', async (t) => {
  const stage = await openStageWith(t, buildExecutable());
  const first = await stage.daypass();
  assert.deepEqual([first.code, first.stderr], [0, '']);
  const words = ['/usr/bin/qemu-aarch64', '-L', await linuxArm64(), executableFor('linux-arm64')];
  const version = await stage.sandbox.runProgram([...words, '--version'], { timeoutMs: 120_000 });
  assert.deepEqual([version.code, version.stderr], [0, '']);
  assert.match(version.stdout, /^daypass \d/);
  // The arguments of the first call are new, so it loads the reader. The second is a known call.
  for (const args of [
    ['--profile', 'developer', '--store', 'file'],
    ['--profile', 'developer'],
  ]) {
    const hit = await stage.sandbox.runProgram([...words, ...args], { timeoutMs: 120_000 });
    assert.deepEqual([hit.code, hit.stdout, hit.stderr], [0, first.stdout, '']);
  }
  assert.equal(stage.sts.calls.length, 1);
});
