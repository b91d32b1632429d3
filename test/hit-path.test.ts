// A hit costs about as much as a start of Node, because it loads and opens little. The tests measure no time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configSettles } from './support/known-calls.ts';
import { openStageFor } from './support/logging-stage.ts';
import { daypassPath } from './support/sandbox.ts';
import { signInProgram } from './support/stage.ts';
import { until } from './support/until.ts';

const probe = join(import.meta.dirname, 'support', 'what-was-loaded.cjs');
const root = join(import.meta.dirname, '..');

/**
 * The modules and files that a program has loaded or open at its end; `parts` are Node's, beyond those of a
 * start.
 */
interface Loaded {
  parts: string[];
  files: string[];
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
async function hit(
  t: TestContext,
  known: boolean,
  policy?: string,
): Promise<{ loaded: Loaded; made: string[] }> {
  const keys = {
    daypass_browser: signInProgram,
    daypass_log: '',
    ...(policy && { daypass_policy: '~/policy' }),
  };
  const stage = await openStageFor(t, { keys });
  if (policy) writeFileSync(join(stage.sandbox.home, 'policy'), policy);
  // From here on the config file is the newest.
  if (policy) stage.sandbox.writeConfig(stage.config());
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

/** Asserts that a hit loads these files, opens one socket, and has no part of Node with which it could connect or spawn. */
function assertQuiet({ files, parts, sockets }: Loaded, ...expected: string[]): void {
  assert.deepEqual(
    files.map((file) => relative(root, file)),
    expected,
  );
  const loud = /^NativeModule (net|tls|dgram|http|https|child_process|worker_threads)$/;
  assert.deepEqual(
    parts.filter((part) => loud.test(part)),
    [],
  );
  assert.equal(sockets, 1, "the keychain's");
}

test('a hit loads only the bin and the keychain binding, opens one socket, and does not spawn, lock or write', async (t) => {
  const { loaded, made } = await hit(t, true);
  assertQuiet(loaded, 'dist/daypass.cjs');
  // No part of Node beyond those that `node -e 0` loads.
  assert.deepEqual(loaded.parts, []);
  assert.deepEqual(made, []);
});

test('a hit with a session policy does no more', async (t) => {
  const { loaded, made } = await hit(
    t,
    true,
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
  );
  assertQuiet(loaded, 'dist/daypass.cjs');
  assert.deepEqual([loaded.parts, made], [[], []]);
});

test('a hit needs no file of the state directory but the one in calls/', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram, daypass_log: '' } });
  await configSettles(stage);
  const { stdout } = await stage.daypass();
  await until(() => stage.sandbox.processes().length === 0, 'the renewal has ended');
  const state = join(stage.sandbox.home, '.local/state/daypass');
  const others = readdirSync(state).filter((name) => name !== 'calls');
  assert.equal(others.length, 1);
  for (const name of others) rmSync(join(state, name), { recursive: true });
  const hit = await stage.daypass();
  assert.deepEqual([hit.code, hit.stdout, hit.stderr], [0, stdout, '']);
  assert.deepEqual(readdirSync(state), ['calls']);
});

test('the first hit of its words loads the reader too, and writes down what its settings came to', async (t) => {
  const { loaded, made } = await hit(t, false);
  assertQuiet(loaded, 'dist/daypass.cjs', 'dist/reader.cjs');
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
