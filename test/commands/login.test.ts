import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStage, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

test('login ends well where the store does not say who has signed in: its credentials do', async (t) => {
  const stage = await openStage({ keys: { daypass_browser: signInProgram, daypass_store: 'file' } });
  t.after(() => stage.close());
  const release = stage.sts.hold();
  const login = stage.daypass(['login']);
  await until(() => stage.sts.calls.length === 1, 'STS is asked');
  const state = join(stage.sandbox.home, '.local/state/daypass');
  const [signIn = ''] = readdirSync(state);
  const file = join(state, signIn, `${signIn}.secret`);
  rmSync(file);
  mkdirSync(file);
  release();
  const { code, stdout, stderr } = await login;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, /^signed in\n {2}identity {2}ada\n/m);
  rmSync(file, { recursive: true });
});
