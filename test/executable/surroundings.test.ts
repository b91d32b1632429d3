// Nothing outside configures the single executable: neither the working directory nor a variable of Bun.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildAgain, buildExecutable } from '../support/executable.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { type Stage, signInProgram } from '../support/stage.ts';

const program = buildExecutable();
const [executable] = program.words;

/** Files that Bun, Node or npm read from a project, and files named like parts of daypass. */
const projectFiles = [
  ...['.env', '.env.local', '.env.production', '.env.development', '.npmrc', '.bunfig.toml', 'bunfig.toml'],
  ...['tsconfig.json', 'jsconfig.json', 'package.json', 'bun.lock', 'node_modules/keytar/index.js'],
  ...['main.js', 'main.cjs', 'reader.js', 'reader.cjs', 'renewal.js', 'keychain-child.js', 'keytar.node'],
  ...['xdg-open', 'views/layout.eta', 'libsecret-1.so.0', 'index.js', 'evil.js'],
];

/** Opens a stage with a stored session, and a project whose files try to run a script that leaves a mark. */
async function openAmongHostileFiles(t: TestContext) {
  const stage = await openStageFor(t, { program, keys: { daypass_browser: signInProgram } });
  const folder = join(stage.sandbox.home, 'project');
  const mark = join(stage.sandbox.home, 'mark');
  const script = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');`;
  const contents: Record<string, string> = {
    '.env':
      'BUN_OPTIONS=--preload=./evil.js\nDAYPASS_ISSUER=https://evil.example.com\nHTTPS_PROXY=http://127.0.0.1:9\n',
    'bunfig.toml': 'preload = ["./evil.js"]\n',
    'package.json': '{ "main": "./evil.js", "type": "module", "imports": { "#x": "./evil.js" } }',
    'tsconfig.json': '{ "compilerOptions": { "paths": { "*": ["./evil.js"] } } }',
  };
  for (const home of [folder, stage.sandbox.home])
    for (const name of projectFiles) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      writeFileSync(join(home, name), contents[name.replace(/^\.(?=bunfig|env\.)/, '')] ?? script, {
        mode: 0o755,
      });
    }
  // Without a log, so that the call is known and answered by the first part alone.
  stage.sandbox.writeConfig(stage.config().replace(/^daypass_log.*\n/m, ''));
  const first = await stage.daypass();
  assert.equal(first.code, 0, first.stderr);
  return { stage, folder, mark, line: first.stdout };
}

/** Runs the executable in `folder` under strace, and returns the calls about files and each path in them. */
async function pathsOf({ sandbox }: Stage, folder: string, args: readonly string[]) {
  const record = join(sandbox.home, 'strace');
  const words = ['/usr/bin/strace', '-f', '-e', 'trace=%file', '-o', record, executable, ...args];
  const result = await sandbox.runProgram(words, { cwd: folder, timeoutMs: 60_000 });
  const lines = readFileSync(record, 'utf8').split('\n');
  // getcwd alone names the folder without opening anything.
  const calls = lines.filter((line) => !/^\d+ +getcwd\(/.test(line));
  return {
    result,
    calls,
    paths: calls.flatMap((line) => [...line.matchAll(/"([^"]*)"/g)].map(([, path = '']) => path)),
  };
}

test('WE01 a hit, a renewal and commands open nothing in the working directory', async (t) => {
  const { stage, folder, mark, line } = await openAmongHostileFiles(t);
  const runs: [what: string, args: string[]][] = [
    ['a hit', ['--profile', 'developer']],
    ['--version', ['--version']],
    ['status', ['status', '--profile', 'developer']],
    ['logout', ['logout', '--profile', 'developer']],
    ['a browser sign-in', ['--profile', 'developer']],
  ];
  for (const [what, args] of runs) {
    const { result, calls, paths } = await pathsOf(stage, folder, args);
    assert.equal(result.code, 0, `${what}: ${result.stderr}`);
    if (what === 'a hit') assert.equal(result.stdout, line);
    const inProject = paths.filter((path) => path.startsWith(`${folder}/`) || !/^(\/|$|[A-Z])/.test(path));
    // Relative to a descriptor: parts of Linux's own folders, and what GLib looks up in its folders.
    assert.deepEqual(
      inProject.filter((path) => existsSync(join(folder, path)) && path !== '.'),
      [],
      what,
    );
    const names = projectFiles.map((name) => join(stage.sandbox.home, name));
    assert.deepEqual(
      paths.filter((path) => names.includes(path)),
      [],
      what,
    );
    // Its parts are mapped with it, and a hit touches no other.
    if (what === 'a hit') {
      const named = calls.filter((call) => call.includes(`"${executable}"`));
      assert.deepEqual(
        named.map((call) => call.replace(/^\d+ +|\(.*/g, '')),
        ['execve'],
      );
    }
  }
  assert.equal(existsSync(mark), false);
});

test('WE02 the variables of Bun do nothing', async (t) => {
  const { stage, folder, mark, line } = await openAmongHostileFiles(t);
  const evil = join(folder, 'evil.js');
  const written = join(stage.sandbox.home, 'written');
  const cases: Record<string, string>[] = [
    { BUN_OPTIONS: `--preload=${evil}` },
    { BUN_OPTIONS: `--config=${join(folder, 'bunfig.toml')}` },
    { BUN_OPTIONS: `--cpu-prof --cpu-prof-dir=${written}` },
    { BUN_BE_BUN: '1' },
    { BUN_INSPECT: 'ws://127.0.0.1:1/x?break=1' },
    { BUN_INSPECT: 'ws+unix:///nowhere?wait=1', BUN_INSPECT_CONNECT_TO: 'unix:///nowhere' },
    { BUN_INSPECT_PRELOAD: evil },
    { BUN_CONFIG_VERBOSE_FETCH: 'curl' },
    { BUN_BYTECODE_ORDER_OUT: written, BUN_BYTECODE_DIGEST_OUT: written },
    { BUN_RUNTIME_TRANSPILER_CACHE_PATH: written },
    { NODE_OPTIONS: `--require=${evil}`, NODE_PATH: join(folder, 'node_modules') },
    { NODE_COMPILE_CACHE: written },
  ];
  for (const env of cases) {
    const what = JSON.stringify(env);
    const hit = await stage.sandbox.run(['--profile', 'developer'], { cwd: folder, env });
    assert.deepEqual([hit.code, hit.stdout, hit.stderr], [0, line, ''], what);
    const version = await stage.sandbox.run(['--version'], { cwd: folder, env });
    assert.match(version.stdout, /^daypass \d/, what);
    assert.equal(version.stderr, '', what);
    const scripts = await stage.sandbox.run(['run', evil], { cwd: folder, env });
    assert.equal(scripts.code, 64, what);
  }
  const all = Object.assign({}, ...cases);
  await stage.sandbox.run(['logout', '--profile', 'developer'], { cwd: folder, env: all });
  const renewed = await stage.sandbox.run(['--profile', 'developer'], { cwd: folder, env: all });
  assert.deepEqual([renewed.code, renewed.stderr], [0, '']);
  assert.deepEqual([mark, written].filter(existsSync), []);
});

test('WE03 no option of the engine replaces a function, and doctor names such options', async (t) => {
  const { stage } = await openAmongHostileFiles(t);
  const overrides = join(stage.sandbox.home, 'overrides');
  writeFileSync(overrides, 'override %%%{}%%%\nwith %%%{}%%%\n');
  const env = { BUN_JSC_functionOverrides: overrides };
  const refused = await stage.daypass([], env);
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /^error: invalid JSC environment variable/);
  const doctor = await stage.daypass(['doctor'], { BUN_JSC_useJIT: '0' });
  assert.match(doctor.stdout, /^! node-options +BUN_JSC_useJIT set/m);
  for (const name of ['MIMALLOC_VERBOSE', 'mimalloc_verbose', 'WTF_numberOfProcessorCores']) {
    const { stdout } = await stage.daypass(['doctor'], { [name]: '1' });
    assert.match(stdout, new RegExp(`^! node-options +${name} set`, 'm'));
  }
  const fine = await stage.daypass(['doctor', '--verbose'], {});
  assert.match(fine.stdout, /no variable changes this executable/);
});

test('WE04 SSL_CERT_FILE adds no authority, as on Node', async (t) => {
  const { stage, folder } = await openAmongHostileFiles(t);
  const words = ['/usr/bin/strace', '-f', '-e', 'trace=%file', '-o', join(folder, 'strace')];
  const env = { SSL_CERT_FILE: join(folder, 'authorities.pem'), SSL_CERT_DIR: join(folder, 'authorities') };
  const args = ['doctor', '--issuer', 'https://127.0.0.1:1', '--profile', 'developer'];
  await stage.sandbox.runProgram([...words, executable, ...args], { env, timeoutMs: 60_000 });
  const record = readFileSync(join(folder, 'strace'), 'utf8').split('\n');
  assert.deepEqual(
    record.filter((line) => line.includes('authorities')),
    [],
  );
  assert.ok(
    record.some((line) => line.includes('--daypass-part=keychain-child')),
    'it has run',
  );
});

test('WE05 variables that daypass removes or sets reach the libraries of the keychain', async (t) => {
  const { stage, line } = await openAmongHostileFiles(t);
  const environments: Record<string, string>[] = [
    { G_MESSAGES_DEBUG: 'all', G_DBUS_DEBUG: 'all', G_ENABLE_DIAGNOSTIC: '1' },
    { DBUS_SESSION_BUS_ADDRESS: '' },
  ];
  for (const env of environments) {
    // The first part alone, then the reader.
    for (const args of [[], ['--timeout', '30']]) {
      const { code, stdout, stderr } = await stage.daypass(args, env);
      assert.deepEqual([code, stdout, stderr], [0, line, ''], JSON.stringify(env));
    }
  }
});

test('WE06 without libsecret no package of another folder takes its place', async (t) => {
  const { stage, folder, mark } = await openAmongHostileFiles(t);
  const { sandbox } = stage;
  const libraries = join(sandbox.home, 'libraries');
  mkdirSync(libraries);
  writeFileSync(join(libraries, 'libsecret-1.so.0'), 'no library');
  const packages = join(folder, 'node_modules');
  for (const name of ['kerberos', 'supports-color', '@aws-sdk/client-sts']) {
    mkdirSync(join(packages, name), { recursive: true });
    writeFileSync(join(packages, name, 'index.js'), readFileSync(join(packages, 'keytar/index.js')));
  }
  const env = { LD_LIBRARY_PATH: libraries, NODE_PATH: packages, HTTPS_PROXY: 'http://127.0.0.1:1' };
  const profile = ['--profile', 'developer'];
  for (const args of [profile, [...profile, '--timeout', '30'], ['login', '--force', ...profile]]) {
    const { code, stdout, stderr } = await sandbox.run(args, { cwd: folder, env });
    assert.deepEqual([code, stdout], [75, ''], args.join(' '));
    assert.match(stderr, /^daypass: keychain-missing: the keychain library cannot be loaded\n/);
  }
  const doctor = ['doctor', '--issuer', 'https://idp.example.com', ...profile];
  const { stdout } = await sandbox.run(doctor, { cwd: folder, env });
  assert.match(stdout, /^✗ keychain +the keychain library cannot be loaded$/m);
  assert.equal(existsSync(mark), false);
});

test('two builds of one tree are the same bytes', () => {
  const [one, other] = [buildAgain(), buildAgain()].map((path) => readFileSync(path));
  assert.ok(one && other?.equals(one));
});
