// `daypass doctor` as a whole; test/doctor/ has the single checks.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { examined, found, line, stage, writeConfig } from '../support/doctor-stage.ts';
import { executableUnderTest } from '../support/executable-under-test.ts';
import type { RunResult } from '../support/sandbox.ts';

test('doctor reports every part as ok, signed in or not, and opens and stores nothing', async (t) => {
  const { code, checks } = await examined();
  const states = Object.fromEntries(checks.map((check) => [check.code, check.state]));
  const well = {
    settings: 'ok',
    'config-file': 'ok',
    rivals: 'ok',
    'credential-process': 'ok',
    region: 'ok',
    // The provider of this test has no TLS, and its STS is not that of AWS.
    issuer: 'note',
    duration: 'ok',
    timeout: 'ok',
    'endpoint-overrides': 'ok',
    'old-sdks': 'note',
    'state-directory': 'ok',
    keychain: 'ok',
    session: 'note',
    'last-failure': 'ok',
    browser: 'ok',
    'redirect-port': 'ok',
    tls: 'ok',
    proxy: 'ok',
    'node-options': 'ok',
    provider: 'ok',
    clock: 'ok',
    pkce: 'ok',
    revocation: 'ok',
    sts: 'ok',
  };
  assert.deepEqual([code, states], [0, well]);
  const { codeExchange, authorization } = stage.provider.counts;
  assert.deepEqual([codeExchange, authorization, stage.launcher.launches.length], [0, 0, 0]);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  const state = join(stage.sandbox.home, '.local', 'state', 'daypass');
  if (executableUnderTest) assert.match(readdirSync(state).join(' '), /^program-\w+$/, 'its binding alone');
  else assert.ok(!existsSync(state), 'no state directory');

  assert.equal((await stage.daypass()).code, 0);
  t.after(() => stage.daypass(['logout']));
  const signedIn = await examined();
  assert.match(
    found(signedIn.checks, 'session')[0]?.finding ?? '',
    /^\S+ is signed in, credentials: \d+ min left$/,
  );
  const accounts = await stage.keyring.accounts('daypass');
  assert.equal(accounts.length, 2);

  const { stdout, stderr } = await stage.daypass(['doctor']);
  assert.equal(stderr, '');
  assert.match(
    stdout,
    /^Profile developer: no problems\n\n✓ \d\d checks passed, \d with a note \(daypass doctor --profile developer --verbose lists them\)\n\nNext: nothing, all is well\n$/,
  );
  const verbose = await stage.daypass(['doctor', '--verbose']);
  assert.match(
    verbose.stdout,
    /^Profile developer: no problems\n\n- [\s\S]*\n✓ settings {12}role DeveloperAccess in account 123456789012/,
  );
  assert.match(verbose.stdout, /\n✓ shadowed by {9}nothing: [\s\S]*\n\nNext: nothing, all is well\n$/);
  assert.doesNotMatch(verbose.stdout, /rival/);
  assert.deepEqual(await stage.keyring.accounts('daypass'), accounts);
});

const wrongSettings: [string, Record<string, string>, RegExp][] = [
  ['no role', { daypass_role_arn: '' }, /role_arn/],
  ['an issuer by http', { daypass_issuer: 'http://login.example.com' }, /https/],
  ['a duration in words', { daypass_duration: 'long' }, /daypass_duration/],
];
for (const [name, keys, fault] of wrongSettings) {
  test(`wrong settings: ${name}; the checks that need no settings run all the same`, async () => {
    const { code, checks } = await examined({ keys });
    assert.equal(code, 65);
    const [settings] = found(checks, 'settings');
    assert.equal(settings?.state, 'error');
    assert.match(settings?.finding ?? '', fault);
    assert.equal(found(checks, 'credential-process')[0]?.state, 'ok');
    assert.deepEqual(found(checks, 'provider'), []);
  });
}

test('doctor shows all faults of the settings, also those that an error leaves out', async () => {
  const keys = {
    daypass_role_arn: 'x',
    daypass_issuer: 'y',
    daypass_duration: 'z',
    daypass_store: 'w',
    daypass_timeout: 'v',
  };
  writeConfig({ keys });
  const { stderr } = await stage.daypass();
  assert.match(stderr, /and 2 more: daypass doctor --profile developer/);
  const { checks } = await examined({ keys });
  assert.equal(found(checks, 'settings').length, 5);
});

test('every finding is in the log with its code and state', async () => {
  const path = join(stage.sandbox.home, 'doctor.log');
  const { checks } = await examined({ keys: { daypass_log: path } });
  const lines = readFileSync(path, 'utf8').split('\n');
  const noted = lines.flatMap(
    (text) => / found code=(\S+) state=(\S+)$/.exec(text)?.slice(1).join(' ') ?? [],
  );
  assert.deepEqual(
    noted,
    checks.map(({ code, state }) => `${code} ${state}`),
  );
  assert.equal(found(checks, 'log')[0]?.state, 'ok');
});

test('the worst error decides the exit code: safety, settings, keychain, network', async () => {
  const dead = { daypass_issuer: 'http://127.0.0.1:9' };
  const noKeychain = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };
  const rival = `${line}aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n`;
  const codes: (number | null)[] = [];
  for (const change of [
    { keys: dead },
    { keys: dead, env: noKeychain },
    { keys: dead, env: noKeychain, more: rival },
    { keys: dead, env: { ...noKeychain, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, more: rival },
  ])
    codes.push((await examined(change)).code);
  assert.deepEqual(codes, [69, 75, 65, 78]);
});

test('a missing config file is an error that names daypass configure', async () => {
  rmSync(join(stage.sandbox.home, '.aws', 'config'));
  const { code, stdout }: RunResult = await stage.sandbox.run(['doctor']);
  assert.equal(code, 65);
  assert.match(stdout, /^Profile default: 1 error, 1 warning\n\n✗ settings /);
  assert.match(stdout, /daypass configure/);
});
