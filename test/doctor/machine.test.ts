// Keychain, state directory, log, browser and port, each broken in turn.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Change,
  examined,
  type Finding,
  finds,
  found,
  stage,
  writeConfig,
} from '../support/doctor-stage.ts';
import { executableUnderTest } from '../support/executable-under-test.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

test('a missing or locked keychain is an error, and files are not', async () => {
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' };
  assert.equal(await finds({ env }, 'keychain', 'error', /no secret service/, /daypass_store = file/), 75);
  await stage.keyring.lock();
  try {
    assert.equal(await finds({}, 'keychain', 'error', /locked/, /unlock/), 75);
  } finally {
    await stage.keyring.unlock();
  }
  const { code, checks } = await examined({ keys: { daypass_store: 'file' } });
  assert.equal(code, 0);
  assert.match(found(checks, 'keychain')[0]?.finding ?? '', /stored in files/);
});

test('a state directory that other users can change is an error', async (t) => {
  const state = join(stage.sandbox.home, '.local', 'state', 'daypass');
  mkdirSync(state, { recursive: true });
  t.after(() => chmodSync(state, 0o700));
  chmodSync(state, 0o777);
  writeConfig();
  const { code, checks } = await examined();
  assert.equal(code, 78);
  assert.match(found(checks, 'state-directory')[0]?.remedy ?? '', /chmod|remove/);
});

test('a state directory that cannot be created is an error, and a new one is removed again', async () => {
  const env = { XDG_STATE_HOME: '/proc' };
  const wrong = await examined({ env });
  assert.equal(wrong.code, 74);
  const errors = wrong.checks.filter(({ state }) => state === 'error');
  // The single executable unpacks keytar's binding there.
  const wanted = executableUnderTest ? ['state-directory', 'keychain'] : ['state-directory'];
  assert.deepEqual(
    errors.map(({ code }) => code),
    wanted,
  );
  for (const { finding, remedy } of errors) {
    assert.match(finding, /cannot create \/proc\/daypass/);
    assert.match(remedy ?? '', /XDG_STATE_HOME/);
  }
  const { checks } = await examined({ env: { XDG_STATE_HOME: join(stage.sandbox.home, 'a', 'b') } });
  assert.equal(found(checks, 'state-directory')[0]?.state, 'ok');
  assert.equal(existsSync(join(stage.sandbox.home, 'a')), executableUnderTest !== undefined);
});

test('a log that cannot be written is a warning', async () => {
  const keys = { daypass_log: '/proc/daypass.log' };
  await finds(
    { keys },
    'log',
    'warning',
    /cannot be written \(\w+\), so daypass logs nothing/,
    /daypass_log/,
  );
});

test('a log that is no file of the user is a warning, and one that others may read becomes private', async () => {
  const log = join(stage.sandbox.home, 'shared.log');
  writeFileSync(log, '');
  chmodSync(log, 0o644);
  const { checks } = await examined({ keys: { daypass_log: '~/shared.log' } });
  assert.equal(found(checks, 'log')[0]?.state, 'ok');
  assert.equal(statSync(log).mode & 0o777, 0o600);
  const link = join(stage.sandbox.home, 'link.log');
  symlinkSync(log, link);
  const keys = { daypass_log: link };
  await finds({ keys }, 'log', 'warning', /link\.log is a link, so daypass logs nothing/, /daypass_log/);
});

const browsers: [string, Change, Finding['state'], RegExp][] = [
  [
    'a missing program',
    { keys: { daypass_browser: '/nowhere/firefox' } },
    'error',
    /cannot find the program/,
  ],
  ['a printed link', { keys: { daypass_browser: 'none' } }, 'note', /daypass prints the link/],
  [
    'no browser allowed',
    { keys: { daypass_non_interactive: 'true' } },
    'note',
    /daypass may not open a browser/,
  ],
  ['a desktop', { keys: { daypass_browser: '' }, env: { DISPLAY: ':7' } }, 'ok', /desktop/],
  ['CI', { keys: { daypass_browser: '' }, env: { CI: 'true', DISPLAY: ':7' } }, 'note', /CI is set/],
  ['CI with a program', { env: { GITHUB_ACTIONS: 'true' } }, 'note', /GITHUB_ACTIONS is set/],
  ['a coding agent', { env: { CLAUDECODE: '1', DISPLAY: ':7' } }, 'note', /CLAUDECODE is set, so only/],
  [
    'BROWSER in a remote shell',
    { keys: { daypass_browser: '' }, env: { SSH_TTY: '/dev/pts/0', BROWSER: 'none:/bin/cp' } },
    'ok',
    /\/bin\/cp opens the link \(BROWSER\)/,
  ],
  [
    'BROWSER with a missing program',
    { keys: { daypass_browser: '' }, env: { BROWSER: '/nowhere/helper' } },
    'warning',
    /cannot find \/nowhere\/helper, which BROWSER names/,
  ],
  [
    'BROWSER with a text browser',
    { keys: { daypass_browser: '' }, env: { BROWSER: 'lynx' } },
    'warning',
    /there is no desktop, and there is no terminal/,
  ],
  ['SSH', { keys: { daypass_browser: '' }, env: { SSH_TTY: '/dev/pts/0' } }, 'note', /remote shell/],
  [
    'neither a desktop nor a terminal',
    { keys: { daypass_browser: '' } },
    'warning',
    /no desktop, and there is no terminal/,
  ],
];
for (const [name, change, state, finding] of browsers) {
  test(`the way to sign in is reported: ${name}`, async () => {
    const { code, checks } = await examined(change);
    const [browser] = found(checks, 'browser');
    assert.equal(browser?.state, state);
    assert.match(browser?.finding ?? '', finding);
    assert.equal(code, state === 'error' ? 65 : 0);
  });
}

test('a redirect port that an open sign-in of daypass uses is a note', async (t) => {
  const port = await freePort();
  const keys = { daypass_redirect_port: String(port), daypass_browser: 'none' };
  writeConfig({ keys });
  const login = stage.sandbox.start(['login', '--profile', 'developer']);
  t.after(() => stage.daypass(['logout']));
  await until(() => /http:\/\/127\.0\.0\.1:/.test(login.stdout()), 'the link is shown');
  const used = new RegExp(`^an open sign-in of daypass uses port ${port} of 127\\.0\\.0\\.1`);
  await finds({ keys }, 'redirect-port', 'note', used, /finish that sign-in/);
  login.kill('SIGINT');
  await login.exit;
  const { checks } = await examined({ keys });
  assert.deepEqual(
    found(checks, 'redirect-port').map(({ finding }) => finding),
    [`port ${port} of 127.0.0.1 is free`],
  );
});

test('a redirect port in use is an error', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  const keys = { daypass_redirect_port: String(port) };
  const code = await finds({ keys }, 'redirect-port', 'error', new RegExp(`${port}`), /./);
  assert.equal(code, 75);
});
