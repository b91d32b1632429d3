import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onMessages, send, type ToRenewal } from '../../src/request/protocol.ts';
import { acquireLock } from '../../src/state/lock.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { settableClock } from '../support/other-clock.ts';

test('a keychain that hangs after the sign-in gets no more time than --timeout leaves', async (t) => {
  const stage = await openStageFor(t);
  const { sandbox, keyring } = stage;
  assert.equal((await stage.daypass(['--non-interactive'])).code, 2);
  const clock = settableClock(join(sandbox.home, '..', 'clock'), { timers: true });
  const state = join(sandbox.home, '.local/state/daypass');
  const [signIn = ''] = readdirSync(state);
  // The test acts as the renewal, and reports success.
  const lock = await acquireLock(join(state, signIn), 'renewal', (socket) => {
    // The reader ends itself with SIGKILL.
    socket.on('error', () => {});
    send(socket, { type: 'holding' });
    onMessages<ToRenewal>(socket, (message) => {
      if (message.type !== 'join') return;
      process.kill(keyring.daemonPid, 'SIGSTOP');
      clock.set('+50s');
      send(socket, { type: 'outcome', outcome: { ok: true, credentials: message.credentials } });
      socket.end();
    });
  });
  try {
    const args = ['--timeout', '55', '--profile', 'developer'];
    const { stderr } = await sandbox.run(args, { env: clock.env, timeoutMs: 14_000 });
    assert.match(stderr, /^daypass: keychain-unresponsive: /);
  } finally {
    process.kill(keyring.daemonPid, 'SIGCONT');
    await lock?.release();
  }
});
