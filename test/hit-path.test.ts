// The silent path costs about a Node start because of what it does not do. Nothing here looks at a clock.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { openStageFor } from './support/logging-stage.ts';
import { daypassPath } from './support/sandbox.ts';
import { signInProgram } from './support/stage.ts';

const probe = join(import.meta.dirname, 'support', 'what-was-loaded.cjs');
const root = join(import.meta.dirname, '..');

/** What a program loaded and holds open at its end; `parts` are those of Node beyond what every start loads. */
interface Loaded {
  parts: string[];
  files: string[];
  /** What vm.Script compiled, and whether V8 refused its code cache; undefined where there was none. */
  scripts: { filename: string; cacheRejected?: boolean }[];
  sockets: number;
}

async function loadedBy(args: string[], folder: string, env: Record<string, string>): Promise<Loaded> {
  const report = join(folder, 'what-was-loaded');
  // A file: the pipes of a spawned process are sockets.
  const output = openSync(join(folder, 'output'), 'w');
  const child = spawn(process.execPath, ['--require', probe, ...args], {
    env: { ...env, WHAT_WAS_LOADED: report },
    stdio: ['ignore', output, output],
  });
  const [code] = await once(child, 'exit');
  closeSync(output);
  assert.equal(code, 0, readFileSync(join(folder, 'output'), 'utf8'));
  return JSON.parse(readFileSync(report, 'utf8'));
}

test('a hit loads the reader, compiled at build time, and the keychain binding; it opens one socket, and neither spawns nor locks', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram, daypass_log: '' } });
  assert.equal((await stage.daypass()).code, 0);
  const { home, env } = stage.sandbox;
  const state = () => readdirSync(join(home, '.local/state/daypass'), { recursive: true });
  const before = state();
  const loaded = await loadedBy([daypassPath, '--profile', 'developer'], join(home, '..'), env);
  assert.deepEqual(
    loaded.files.map((file) => relative(root, file)),
    ['dist/daypass.cjs'],
  );
  const [reader, ...others] = loaded.scripts;
  assert.deepEqual(others, []);
  assert.deepEqual(reader, { filename: join(root, 'dist/reader.cjs'), cacheRejected: false });
  // No part more than `node -e 0` has, and node:vm, which runs the reader (and the probe loads): without node:net and node:child_process nothing of ours can connect or spawn.
  assert.deepEqual(loaded.parts, []);
  assert.equal(loaded.sockets, 1, "the keychain's");
  assert.deepEqual(state(), before);
});

test('what a program loads is seen', async (t) => {
  const { sandbox } = await openStageFor(t);
  const connecting = "require('node:net').createServer().listen(0, '127.0.0.1', () => process.exit())";
  const loaded = await loadedBy(['-e', connecting], join(sandbox.home, '..'), sandbox.env);
  assert.ok(loaded.parts.includes('NativeModule net'));
  assert.equal(loaded.sockets, 1);
});
