// Runs a whole session on every system, also where processes, pipes, paths and folders differ from Linux. The
// store is files, and the keychain of the system if it works without a desktop. A release runs this file with the
// executable of each system.
import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertVersion1 } from './support/credentials-format.ts';
import { executableUnderTest } from './support/executable-under-test.ts';
import { startIdentityProvider } from './support/identity-provider.ts';
import { startLocalSts } from './support/local-sts.ts';

const bin = fileURLToPath(new URL('../dist/daypass.cjs', import.meta.url));
const [program = '', ...words] = executableUnderTest
  ? [resolve(executableUnderTest)]
  : [process.execPath, bin];
const browser = fileURLToPath(new URL('./support/sign-in-program.mjs', import.meta.url));
const roleArn = 'arn:aws:iam::123456789012:role/DeveloperAccess';
const patience = 120_000;

/** Opens a home with the profile of one store; without `store` it has no AWS config file. */
async function openStage(t: TestContext, store?: string) {
  const provider = await startIdentityProvider();
  const { issuer, jwksUri, clientId } = provider;
  const sts = await startLocalSts({ trust: [{ roleArn, issuer, jwksUri, audience: clientId }] });
  // The tools of Windows use paths with blanks.
  const home = mkdtempSync(join(tmpdir(), 'daypass portable '));
  const config = join(home, '.aws', 'config');
  const settings = {
    issuer,
    'client-id': clientId,
    'role-arn': roleArn,
    'authorize-params': 'prompt=consent',
    'sts-endpoint': sts.url,
    store: store ?? 'file',
    browser: `"${process.execPath}" "${browser}"`,
    log: '~/daypass.log',
  };
  if (store) {
    const lines = Object.entries(settings).map(
      ([name, value]) => `daypass_${name.replaceAll('-', '_')} = ${value}\n`,
    );
    mkdirSync(join(home, '.aws'));
    writeFileSync(config, `[profile developer]\n${lines.join('')}`, { mode: 0o600 });
  }
  if (process.platform === 'darwin') shareKeychain(home);
  const running = new Set<ChildProcess>();
  t.after(async () => {
    // Keychain entries would outlive the folder.
    await run('logout');
    for (const child of running) child.kill('SIGKILL');
    await Promise.all([provider.stop(), sts.stop()]);
    // Windows does not delete a file that an ending process still has open.
    rmSync(home, { recursive: true, maxRetries: 20 });
  });
  // The variables that every program of the system needs, and none of the user's.
  const { PATH, SystemRoot, SystemDrive, PATHEXT, TEMP } = process.env;
  const of = { PATH, SystemRoot, SystemDrive, PATHEXT, TEMP };
  const homes = {
    HOME: home,
    USERPROFILE: home,
    LOCALAPPDATA: join(home, 'local'),
    APPDATA: join(home, 'roaming'),
  };
  const env = Object.fromEntries(Object.entries({ ...of, ...homes }).filter(([, value]) => value)) as Record<
    string,
    string
  >;
  const run = (...args: string[]) => call(...args, '--profile', 'developer');
  const call = (...args: string[]) => start(program, [...words, ...args]);
  const shell = (line: string) => start(line, [], { shell: true });
  async function start(file: string, args: string[], options: SpawnOptions = {}) {
    const child = spawn(file, args, { env, cwd: home, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const deadline = setTimeout(() => child.kill('SIGKILL'), patience);
    const exit = new Promise<number | null>((resolve, reject) =>
      child.once('exit', resolve).once('error', reject),
    );
    const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
    clearTimeout(deadline);
    running.delete(child);
    return { code, stdout, stderr };
  }
  return {
    provider,
    sts,
    settings,
    config,
    run,
    call,
    shell,
  };
}

/**
 * Creates a login keychain. macOS looks for it and for the list of keychains below HOME, and the first write
 * in a home without one would ask a person to create it.
 */
function shareKeychain(home: string): void {
  mkdirSync(join(home, 'Library', 'Preferences'), { recursive: true });
  for (const path of ['Library/Keychains', 'Library/Preferences/com.apple.security.plist'])
    symlinkSync(join(homedir(), path), join(home, path));
}

const stores = process.platform === 'linux' ? ['file'] : ['file', 'keychain'];

for (const store of stores) {
  test(`a session works with store = ${store}: one sign-in for ten callers, hits, status, a new session, logout`, async (t) => {
    const { provider, sts, run } = await openStage(t, store);
    const costs = () => ({ tabs: provider.counts.authorization, sts: sts.calls.length });
    const callers = await Promise.all(Array.from({ length: 10 }, () => run()));
    for (const { code, stderr } of callers) assert.deepEqual([code, stderr], [0, '']);
    assert.equal(new Set(callers.map(({ stdout }) => stdout)).size, 1);
    const first = assertVersion1(callers[0]?.stdout ?? '');
    assert.deepEqual(costs(), { tabs: 1, sts: 1 });

    const hit = await run();
    assert.deepEqual(hit, { code: 0, stdout: callers[0]?.stdout, stderr: '' });
    assert.deepEqual(costs(), { tabs: 1, sts: 1 });

    const status = JSON.parse((await run('status', '--json')).stdout);
    assert.equal(status.profiles?.length ?? 1, 1);
    const forced = await run('login', '--force');
    assert.equal(forced.code, 0, forced.stderr);
    assert.deepEqual(costs(), { tabs: 2, sts: 2 });
    assert.notEqual(assertVersion1((await run()).stdout).AccessKeyId, first.AccessKeyId);

    assert.equal((await run('logout')).code, 0);
    const without = await run('--non-interactive');
    assert.deepEqual([without.code, without.stdout], [2, '']);
    assert.match(without.stderr, /^daypass: sign-in-needed: /);
  });
}

test('a session works from --version and configure to logout with store = file', async (t) => {
  const { provider, sts, settings, config, run, call, shell } = await openStage(t);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  assert.deepEqual(await call('--version'), { code: 0, stdout: `daypass ${version}\n`, stderr: '' });

  const flags = Object.entries({ region: 'eu-west-1', ...settings }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const configured = await run('configure', ...flags);
  assert.equal(configured.code, 0, configured.stderr);
  const line =
    /^credential_process = (.*)$/m.exec(readFileSync(config, 'utf8'))?.[1] ?? assert.fail('no line');
  assert.match(line, / --profile developer$/);

  const first = await run();
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assertVersion1(first.stdout);
  // A shell, as in Go's SDK; the AWS CLI splits the line itself.
  assert.deepEqual(await shell(line), first);
  assert.deepEqual([provider.counts.authorization, sts.calls.length], [1, 1]);

  const status = JSON.parse((await run('status', '--json')).stdout);
  assert.equal(status.nextCall, 'prints-stored', JSON.stringify(status));
  const doctor = await run('doctor', '--json');
  assert.doesNotThrow(() => JSON.parse(doctor.stdout), doctor.stderr);
  assert.equal((await run('logout')).code, 0);
  assert.equal((await run('--non-interactive')).code, 2);
});

test('a session of 9 KB of tokens is stored completely', async (t) => {
  for (const store of stores) {
    const { sts, run } = await openStage(t, store);
    sts.tokenBytes = 6000;
    const { code, stdout, stderr } = await run();
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal((await run()).stdout, stdout);
    assert.equal(sts.calls.length, 1);
  }
});
