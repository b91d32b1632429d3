// Which fixed port a sign-in listens on while others hold the locks of theirs.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RenewalContext } from '../../src/renewal/context.ts';
import { openListener } from '../../src/renewal/redirect-port.ts';
import { acquireLock, type HeldLock } from '../../src/state/lock.ts';
import { portLock, portsFolder } from '../../src/state/port-lock.ts';
import { freePort } from '../support/free-port.ts';

const stateDirectory = mkdtempSync(join(tmpdir(), 'daypass-ports-'));
test.after(() => rmSync(stateDirectory, { recursive: true }));
const folder = join(stateDirectory, portsFolder);
mkdirSync(folder, { mode: 0o700 });

const options = { skip: process.platform === 'win32' && 'there a look is no connection' };

/** Holds the lock of a port as another sign-in does. */
async function hold(t: TestContext, port: number): Promise<HeldLock> {
  const lock = await acquireLock(folder, portLock(port));
  assert.ok(lock);
  t.after(() => lock.release());
  return lock;
}

async function listen(t: TestContext, ports: number[]) {
  const context = {
    folder: join(stateDirectory, 'sign-in'),
    log: () => {},
    waiters: { anyInteractive: true, remark: () => {} },
    cancelled: new Promise<never>(() => {}),
  } as unknown as RenewalContext;
  const address = { ports, host: '127.0.0.1', path: '/callback' } as const;
  const loopback = await openListener(context, address as never);
  t.after(() => loopback.close());
  return loopback;
}

test('a port is taken whose lock another sign-in held only while it looked for one', options, async (t) => {
  const [theirs, ours] = [await freePort(), await freePort()];
  await hold(t, theirs);
  const passing = await hold(t, ours);
  let freed: Promise<void> | undefined;
  // The look itself is a connection: the lock is free before the sign-in can wait for it.
  passing.onWaiter = () => {
    freed ??= passing.release();
  };
  assert.equal((await listen(t, [theirs, ours])).port, ours);
  await freed;
});

test('a sign-in waits for the end of the one that holds its only port', options, async (t) => {
  const port = await freePort();
  const other = await hold(t, port);
  let waiters = 0;
  // The first connection looks, and the second one waits.
  other.onWaiter = () => {
    if (++waiters === 2) void other.release();
  };
  assert.equal((await listen(t, [port])).port, port);
  assert.equal(waiters, 2);
});
