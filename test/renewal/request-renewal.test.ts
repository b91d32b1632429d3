import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { settableClock } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';

test('a clock that is set back while a call waits does not make it wait longer', async (t) => {
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
  // Killed by the sandbox after half a minute.
  const caller = sandbox.run(args, { env: clock.env });
  await until(() => logged(stage, 'joined').length === 1, 'the call waits for the logout');
  clock.set('+1h');
  release();
  assert.equal((await logout).code, 0);
  await launcher.nextLink();
  const { code, stderr } = await caller;
  assert.match(stderr, /^daypass: sign-in-open: .*\nhint: .*\n$/);
  assert.equal(code, 75);
  // Ends the sign-in that is still open.
  assert.equal((await stage.daypass(['logout'])).code, 0);
});
