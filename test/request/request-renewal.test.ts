import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { ErrorReport } from '../../src/errors.ts';
import { deferred } from '../../src/process/deferred.ts';
import { onMessages, send, type ToReader, type ToRenewal } from '../../src/request/protocol.ts';
import type { CredentialsRecord } from '../../src/session/records.ts';
import { acquireLock, type HeldLock } from '../../src/state/lock.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { settableClock } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { roleArn, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

test('a call does not wait longer when the clock is set back meanwhile', async (t) => {
  const stage = await openStageFor(t);
  const { provider, launcher, sandbox } = stage;
  const first = stage.daypass();
  await signInOverHttp(await launcher.nextLink());
  assert.equal((await first).code, 0);
  const release = provider.hold('revocation');
  const logout = stage.daypass(['logout']);
  await until(() => provider.counts.revocation === 1, 'the revocation begins');
  const clock = settableClock(join(sandbox.home, '..', 'clock'));
  clock.set('+3h');
  const args = ['--timeout', '8', '--profile', 'developer'];
  // The sandbox kills it after half a minute.
  const caller = sandbox.run(args, { env: clock.env });
  await until(() => logged(stage, 'joined').length === 1, 'the call waits for the logout');
  clock.set('+1h');
  release();
  assert.equal((await logout).code, 0);
  await launcher.nextLink();
  const { code, stderr } = await caller;
  assert.match(stderr, /^daypass: sign-in-open: .*\nhint: .*\n$/);
  assert.equal(code, 75);
  // End the sign-in that is still open.
  assert.equal((await stage.daypass(['logout'])).code, 0);
});

/** Takes a lock of the only sign-in, so that `daypass` meets the test as its holder. */
async function holdLock(
  { sandbox }: Stage,
  name: 'renewal' | 'start',
  onConnection: (socket: Duplex) => void,
): Promise<HeldLock> {
  const state = join(sandbox.home, '.local/state/daypass');
  const [signIn = ''] = readdirSync(state);
  const lock = await acquireLock(join(state, signIn), name, onConnection);
  assert.ok(lock);
  return lock;
}

test('login --force ends each renewal that it meets and joins none', async (t) => {
  const stage = await openStageFor(t);
  const { launcher } = stage;
  assert.equal((await stage.daypass(['--non-interactive'])).code, 2);
  const heard: string[] = [];
  const hold = () =>
    holdLock(stage, 'renewal', (socket) => {
      send(socket, { type: 'holding' });
      onMessages<ToRenewal>(socket, async ({ type }) => {
        heard.push(type);
        await held.release();
        // Another caller starts one before the caller that cancelled can.
        if (heard.length === 1) held = await hold();
        socket.destroy();
      });
    });
  let held = await hold();
  const login = stage.daypass(['login', '--force']);
  await signInOverHttp(await launcher.nextLink());
  assert.equal((await login).code, 0);
  assert.deepEqual(heard, ['cancel', 'cancel']);
});

test('^C works while another caller has the right to start the renewal', async (t) => {
  const stage = await openStageFor(t);
  assert.equal((await stage.daypass(['--non-interactive'])).code, 2);
  const came = deferred();
  const sockets: Duplex[] = [];
  const lock = await holdLock(stage, 'start', (socket) => {
    sockets.push(socket.on('error', () => {}).resume());
    // The first connection only asks whether the lock is free.
    if (sockets.length === 2) came.resolve();
  });
  const caller = stage.sandbox.start(['login', '--profile', 'developer']);
  await came.promise;
  caller.kill('SIGINT');
  // Without ^C it would wait for five minutes.
  const longest = setTimeout(() => caller.kill('SIGKILL'), 10_000);
  const { code, stderr } = await caller.exit;
  clearTimeout(longest);
  for (const socket of sockets) socket.destroy();
  await lock.release();
  const told = 'Stopped waiting for the sign-in. To sign in, run: daypass login --profile developer\n';
  assert.deepEqual({ code, stderr }, { code: 130, stderr: told });
});

test('the holder of the lock cannot make a caller accept credentials or open a foreign link', async (t) => {
  const stage = await openStageFor(t);
  assert.equal((await stage.daypass(['--non-interactive'])).code, 2);
  const error: ErrorReport = { code: 'denied', faults: ['no'] };
  const foreign: CredentialsRecord = {
    version: 1,
    issuer: stage.provider.issuer,
    roleArn,
    credentials: {
      accessKeyId: 'ASIAAAAAAAAAAAAAAAAA',
      secretAccessKey: 'foreign',
      sessionToken: 'foreign',
      expiration: '2099-01-01T00:00:00Z',
    },
    issuedAt: Date.now(),
    lifetime: 3_600_000,
    sub: 'mallory',
  };
  const told: ToReader[] = [
    { type: 'link', link: 'https://example.com/start', print: true, browser: true },
    {
      type: 'outcome',
      outcome: { ok: false, scope: 'sign-in', credentials: '', error },
      unsaved: foreign,
    },
  ];
  const lock = await holdLock(stage, 'renewal', (socket) => {
    send(socket, { type: 'holding' });
    onMessages<ToRenewal>(socket, () => send(socket, told[0] as ToReader));
  });
  const led = await stage.daypass(['login']);
  assert.match(led.stderr, /^daypass: renewal-running: .* sent a link that daypass does not open\n/);
  assert.equal(led.code, 75);
  assert.equal(led.stdout, '');
  told.shift();
  assert.match((await stage.daypass()).stderr, /^daypass: denied: no\n/);
  await lock.release();
  assert.equal(stage.launcher.launches.length, 0);
});

test('a caller ignores a message of a type that it does not know', async (t) => {
  const stage = await openStageFor(t);
  assert.equal((await stage.daypass(['--non-interactive'])).code, 2);
  const link = 'https://evil.example/';
  const held = await holdLock(stage, 'renewal', (socket) => {
    socket.on('error', () => {});
    socket.write(
      `${JSON.stringify({ type: 'Link', link, providerLink: link, print: true, browser: true })}\n`,
    );
  });
  const { code, stdout, stderr } = await stage.daypass(['--timeout', '3']);
  assert.deepEqual([code, stdout], [75, '']);
  // No person was asked to sign in.
  assert.match(stderr, /^daypass: renewal-running: /);
  assert.equal(logged(stage, 'link-told').length, 0);
  await held.release();
});

test('a call shows no device code that only another call allows, and says how to go on', async (t) => {
  const stage = await openStageFor(t);
  const login = stage.sandbox.start(['login', '--device-code', '--profile', 'developer']);
  await until(() => /confirm there that the code is/.test(login.stdout()), 'the code is shown');
  const [, code = ''] = /confirm there that the code is (\S+)/.exec(login.stdout()) ?? [];
  const { exit } = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const { code: exitCode, terminal, stderr } = await exit;
  assert.equal(exitCode, 75);
  assert.match(stderr, /^daypass: renewal-running: .* uses a device code, which this call does not allow\n/);
  assert.match(stderr, /^hint: .*daypass login --force --profile developer$/m);
  assert.ok(code && !terminal.includes(code), terminal);
  assert.equal((await stage.daypass(['logout'])).code, 0);
  assert.equal((await login.exit).code, 77);
});
