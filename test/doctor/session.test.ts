// The session as `daypass doctor` reports it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finds, stage, writeConfig } from '../support/doctor-stage.ts';
import { StsRefusal } from '../support/local-sts.ts';

test('a missing refresh token and the last failure are warnings', async (t) => {
  const keys = { daypass_authorize_params: '', daypass_scopes: 'openid' };
  writeConfig({ keys });
  assert.equal((await stage.daypass()).code, 0);
  t.after(() => stage.daypass(['logout', '--all']));
  await finds({ keys }, 'refresh-token', 'warning', /issued no refresh token/, /offline_access/);

  stage.sts.answer(() => {
    throw new StsRefusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  });
  t.after(() => stage.sts.answer(undefined));
  const failing = { ...keys, daypass_duration: '7200' };
  writeConfig({ keys: failing });
  const { code } = await stage.daypass();
  assert.equal(code, 77);
  await finds({ keys: failing }, 'last-failure', 'warning', / trust-policy: /, /daypass trust-policy/);
});
