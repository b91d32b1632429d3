import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStage, signInProgram } from '../support/stage.ts';
import { auditArn, openStageOfMany } from '../support/stage-of-many.ts';
import { until } from '../support/until.ts';

test('login succeeds if the store does not return the sign-in, because the credentials name the person', async (t) => {
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
  assert.match(stdout, /^✓ Signed in as ada until /m);
  rmSync(file, { recursive: true });
});

test('login names the other profiles that need no browser now, and they need none', async (t) => {
  const stage = await openStageOfMany(t);
  const { stdout, code } = await stage.sandbox.run(['login', '--profile', 'auditor']);
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}also for +developer$/m);
  const { codeExchange } = stage.provider.counts;
  assert.equal((await stage.daypass()).code, 0);
  assert.equal(stage.provider.counts.codeExchange, codeExchange);
});

test('login without a profile uses the only sign-in, and fails with a hint if there are several', async (t) => {
  const stage = await openStageOfMany(t);
  const asked = await stage.sandbox.run(['login']);
  assert.equal(asked.code, 64);
  assert.match(
    asked.stderr,
    /developer, auditor, other, broken\nhint: choose one, run: daypass login --profile developer/,
  );
  stage.sandbox.writeConfig(`[profile sso]
${stage
  .config()
  .split('\n')
  .filter((line) => !/profile|role_arn/.test(line))
  .join('\n')}
[profile auditor]
daypass_source_profile = sso
daypass_role_arn = ${auditArn}
`);
  const { stdout, code, stderr } = await stage.sandbox.run(['login']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ {2}role +Audit\n {2}account +2109-8765-4321$/m);
});
