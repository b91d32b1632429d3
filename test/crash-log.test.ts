// An unexpected exception leaves its place in the log: class, code, functions and positions in src/, and neither message nor value.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findSecrets } from './support/canary.ts';
import { openStageFor } from './support/logging-stage.ts';
import { npmProgram } from './support/sandbox.ts';
import { type Stage, signInProgram } from './support/stage.ts';

const root = join(import.meta.dirname, '..');
const secret = 'zq7-what-the-message-holds';
/** Its second line looks like a frame. */
const message = `cannot use ${secret}\\n    at ${secret.replaceAll('-', '')} (/home/${secret}.ts:1:2)`;
const exception = `Object.assign(new TypeError('${message}'), { code: 'E_TEST', input: '${secret}' })`;

/** Each request throws in a callback, and its promise never settles. */
const throwingListener = `globalThis.fetch = () => { setImmediate(() => { throw ${exception}; }); return new Promise(() => {}); };`;

/** A copy of the package whose part `file` ends with `code`, so that no position in it moves. */
function packageWith(t: TestContext, file: string, code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-package-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const part of ['dist', 'views', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  appendFileSync(join(folder, 'dist', file), `\n${code}\n`);
  return join(folder, 'dist', 'daypass.cjs');
}

/** Code that makes a built-in function throw where it is called by this function of the part. */
function throwing(builtIn: string, caller: string): string {
  const [owner, name] = builtIn.split('.');
  return `{ const real = ${builtIn};
    ${owner}.${name} = function (...args) {
      const [, , frame = ''] = new Error().stack.split('\\n');
      if (frame.includes('${caller}')) {
        const error = ${exception};
        Error.captureStackTrace(error, ${builtIn});
        throw error;
      }
      return Reflect.apply(real, this, args);
    }; }`;
}

function openCrashing(t: TestContext, file: string, code: string): Promise<Stage> {
  const script = packageWith(t, file, code);
  const program = { ...npmProgram, words: [process.execPath, script] as [string, string] };
  return openStageFor(t, { keys: { daypass_browser: signInProgram }, program });
}

/** The `at=` of the first line of this process that tells of an exception. */
function crashOf(stage: Stage, process: string): string {
  const log = readFileSync(join(stage.sandbox.home, 'daypass.log'), 'utf8');
  const found = new RegExp(
    ` ${process} \\d+ms crashed error=unexpected_TypeError_\\(E_TEST\\) at=(\\S+)$`,
    'm',
  ).exec(log);
  assert.ok(found, log);
  return found[1] ?? '';
}

function assertNoSecret({ sandbox }: Stage, ...texts: string[]): void {
  assert.deepEqual(
    findSecrets({ ...sandbox.files(), texts: texts.join('\n') }, [secret, secret.replaceAll('-', '')]),
    [],
  );
}

/** The innermost frame leads to the line of src/ that calls the built-in function. */
function assertMapped(trace: string, file: string, builtIn: string): void {
  const position = new RegExp(`(?:^|<_)(?:[\\w.<>]+_)?${file.replaceAll('.', '\\.')}:(\\d+):\\d+`).exec(
    trace,
  );
  assert.ok(position, trace);
  const line = readFileSync(join(root, file), 'utf8').split('\n')[Number(position[1]) - 1];
  assert.ok(line?.includes(builtIn), `${trace}: ${line}`);
}

test('the reader logs where an exception was thrown, and prints one error line', async (t) => {
  const stage = await openCrashing(t, 'reader.cjs', throwing('Date.now', 'reuseElseRenew'));
  await stage.daypass(['login']);
  const { code, stdout, stderr } = await stage.daypass();
  assert.deepEqual([code, stdout], [70, '']);
  assert.match(
    stderr,
    /^daypass: internal: unexpected TypeError \(E_TEST\)\nhint: attach .*\/daypass\.log to your bug report\n$/,
  );
  const trace = crashOf(stage, 'reader');
  t.diagnostic(trace);
  assertMapped(trace, 'src/reuse-else-renew.ts', 'Date.now');
  assertNoSecret(stage, stderr);
});

test('the renewal logs where an exception was thrown, and the caller logs it too', async (t) => {
  const stage = await openCrashing(t, 'renewal.cjs', throwing('Date.now', 'credentialsFrom'));
  const { code, stderr } = await stage.daypass();
  assert.equal(code, 70);
  assert.match(stderr, /^daypass: internal: unexpected TypeError \(E_TEST\)\nhint: [^\n]+\n$/);
  const trace = crashOf(stage, 'renewal');
  t.diagnostic(trace);
  assertMapped(trace, 'src/renewal/renew.ts', 'Date.now');
  assert.equal(crashOf(stage, 'reader'), trace);
  const status = await stage.daypass(['status', '--json']);
  assert.equal(JSON.parse(status.stdout).lastFailure.trace.replaceAll(' ', '_'), trace);
  assertNoSecret(stage, stderr, status.stdout);
});

test("the keychain's process has no log, and its caller logs where it threw", async (t) => {
  const stage = await openCrashing(t, 'keychain-child.cjs', throwing('JSON.parse', 'answer'));
  const { code, stderr } = await stage.daypass();
  assert.equal(code, 70);
  const trace = crashOf(stage, 'renewal');
  t.diagnostic(trace);
  assertMapped(trace, 'src/store/keychain-child.ts', 'JSON.parse');
  assertNoSecret(stage, stderr);
});

test('a command that meets an exception prints one error line and no stack', async (t) => {
  const stage = await openCrashing(t, 'status.cjs', throwing('JSON.stringify', 'json'));
  const { code, stdout, stderr } = await stage.daypass(['status', '--json']);
  assert.deepEqual([code, stdout], [70, '']);
  assert.match(stderr, /^daypass: internal: unexpected TypeError \(E_TEST\)\nhint: [^\n]+\n$/);
  assertMapped(crashOf(stage, 'command'), 'src/commands/json.ts', 'JSON.stringify');
  assertNoSecret(stage, stderr);
});

test('logout deletes the session although an event listener of the network throws', async (t) => {
  const stage = await openCrashing(t, 'logout.mjs', throwingListener);
  await stage.daypass(['login']);
  assert.notDeepEqual(await stage.keyring.accounts('daypass'), []);
  const { code, stderr } = await stage.daypass(['logout']);
  assert.notEqual(code, 0);
  assert.match(stderr, /^daypass: internal: unexpected TypeError \(E_TEST\)\nhint: [^\n]+\n$/);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  crashOf(stage, 'command');
  assertNoSecret(stage, stderr);
});

test('a command whose network throws in an event listener prints one error line, even if nothing else keeps it alive', async (t) => {
  const stage = await openCrashing(t, 'configure.mjs', throwingListener);
  const flags = ['--issuer', 'https://login.example.com', '--client-id', 'a'];
  const role = ['--role-arn', 'arn:aws:iam::123456789012:role/D'];
  const { code, stdout, stderr } = await stage.sandbox.run([
    'configure',
    '--profile',
    'x',
    ...flags,
    ...role,
  ]);
  assert.deepEqual([code, stdout], [70, '']);
  assert.match(stderr, /^daypass: internal: unexpected TypeError \(E_TEST\)\nhint: [^\n]+\n$/);
  assertNoSecret(stage, stderr);
});
