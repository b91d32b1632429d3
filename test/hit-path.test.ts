// A hit costs about as much as a start of Node, because it loads and opens little. The tests measure no time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configSettles } from './support/known-calls.ts';
import { openStageFor } from './support/logging-stage.ts';
import { daypassPath } from './support/sandbox.ts';
import { signInProgram } from './support/stage.ts';

const probe = join(import.meta.dirname, 'support', 'what-was-loaded.cjs');
const root = join(import.meta.dirname, '..');

/**
 * The modules and files that a program has loaded or open at its end; `parts` are Node's, beyond those of a
 * start.
 */
interface Loaded {
  parts: string[];
  files: string[];
  /** The scripts of vm.Script, and whether V8 rejected their code cache; undefined without a cache. */
  scripts: { filename: string; cacheRejected?: boolean }[];
  sockets: number;
}

async function loadedBy(args: string[], folder: string, env: Record<string, string>): Promise<Loaded> {
  const report = join(folder, 'what-was-loaded');
  // The result goes to a file, because the pipes of a spawned process are sockets.
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

/** Makes a hit; `known` if an earlier call had the same arguments. */
async function hit(t: TestContext, known: boolean): Promise<{ loaded: Loaded; made: string[] }> {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram, daypass_log: '' } });
  await configSettles(stage);
  assert.equal((await stage.daypass()).code, 0);
  const { home, env } = stage.sandbox;
  const state = join(home, '.local/state/daypass');
  const files = () => readdirSync(state, { recursive: true, encoding: 'utf8' });
  if (!known) rmSync(join(state, 'calls'), { recursive: true });
  const before = files();
  const loaded = await loadedBy([daypassPath, '--profile', 'developer'], join(home, '..'), env);
  return { loaded, made: files().filter((file) => !before.includes(file)) };
}

/**
 * Allows the modules of `node -e 0` and node:vm, which the probe loads. Without node:net and
 * node:child_process a hit can neither connect nor spawn.
 */
function assertQuiet({ files, parts, sockets }: Loaded): void {
  assert.deepEqual(
    files.map((file) => relative(root, file)),
    ['dist/daypass.cjs'],
  );
  assert.deepEqual(parts, []);
  assert.equal(sockets, 1, "the keychain's");
}

test('a hit loads only the bin and the keychain binding, opens one socket, and does not spawn, lock or write', async (t) => {
  const { loaded, made } = await hit(t, true);
  assertQuiet(loaded);
  assert.deepEqual(loaded.scripts, []);
  assert.deepEqual(made, []);
});

test('the first hit with its arguments also loads the compiled reader and stores the call as known', async (t) => {
  const { loaded, made } = await hit(t, false);
  assertQuiet(loaded);
  assert.deepEqual(loaded.scripts, [{ filename: join(root, 'dist/reader.cjs'), cacheRejected: false }]);
  assert.deepEqual(made.length, 2);
  assert.match(made.join(' '), /^calls calls\/\d+\.json$/);
});

test('the probe sees the modules that a program loads', async (t) => {
  const { sandbox } = await openStageFor(t);
  const connecting = "require('node:net').createServer().listen(0, '127.0.0.1', () => process.exit())";
  const loaded = await loadedBy(['-e', connecting], join(sandbox.home, '..'), sandbox.env);
  assert.ok(loaded.parts.includes('NativeModule net'));
  assert.equal(loaded.sockets, 1);
});
