// An ID token that STS refuses: for some refusals another token may help, and for others not.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { StsRefusal } from '../support/local-sts.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { roleArn, type Stage, signInProgram } from '../support/stage.ts';

/** Signs in for another role, so that both tokens exist. Then STS refuses `count` requests. */
async function refusing(
  t: TestContext,
  { code, message = 'no', count }: { code: string; message?: string; count: number },
): Promise<Stage> {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  assert.equal((await stage.daypass()).code, 0);
  stage.sts.calls.length = 0;
  stage.trust.push({ ...(stage.trust[0] ?? assert.fail()), roleArn: `${roleArn}Other` });
  stage.sandbox.writeConfig(stage.config({ daypass_role_arn: `${roleArn}Other` }));
  stage.sts.answer(() => {
    if (stage.sts.calls.length >= count) stage.sts.answer(undefined);
    throw new StsRefusal(code, message);
  });
  return stage;
}

/** Returns the requests since that sign-in. */
function costs({ sts, provider }: Stage) {
  return {
    sts: sts.calls.length,
    refreshes: provider.counts.refresh,
    signIns: provider.counts.codeExchange - 1,
  };
}

for (const message of [
  'No OpenIDConnect provider found in your account for https://idp.example',
  'Incorrect token audience',
]) {
  test(`"${message}": no other token can help, so none is requested`, async (t) => {
    const stage = await refusing(t, { code: 'InvalidIdentityToken', message, count: 9 });
    assert.equal((await stage.daypass()).code, 69);
    assert.deepEqual(costs(stage), { sts: 1, refreshes: 0, signIns: 0 });
  });
}

for (const code of ['IDPRejectedClaim', 'InvalidIdentityToken']) {
  test(`${code}: daypass tries a refreshed token, then one of a new sign-in`, async (t) => {
    const stage = await refusing(t, { code, count: 2 });
    const { code: exit, stderr } = await stage.daypass();
    assert.deepEqual([exit, stderr], [0, '']);
    assert.deepEqual(costs(stage), { sts: 3, refreshes: 1, signIns: 1 });
    assert.deepEqual(
      logged(stage, 'id-token-refused').map(({ facts }) => facts.from),
      ['store', 'refresh'],
    );
  });

  test(`${code} each time: one sign-in, then the error`, async (t) => {
    const stage = await refusing(t, { code, count: 9 });
    const { code: exit, stderr } = await stage.daypass();
    assert.equal(exit, 69);
    assert.match(stderr, /run: daypass login --force --profile developer\n$/);
    assert.deepEqual(costs(stage), { sts: 3, refreshes: 1, signIns: 1 });
  });

  test(`${code} without a browser: daypass tries a refreshed token, and the error says to sign in`, async (t) => {
    const stage = await refusing(t, { code, count: 9 });
    const { code: exit, stderr } = await stage.daypass(['--non-interactive']);
    assert.equal(exit, 69);
    assert.match(stderr, /run: daypass login --force --profile developer/);
    assert.deepEqual(costs(stage), { sts: 2, refreshes: 1, signIns: 0 });
  });
}

test('ExpiredToken: daypass tries a refreshed token and asks no person, because a clock is wrong', async (t) => {
  const stage = await refusing(t, { code: 'ExpiredTokenException', count: 9 });
  const { stderr } = await stage.daypass();
  assert.match(stderr, /clock/);
  assert.deepEqual(costs(stage), { sts: 2, refreshes: 1, signIns: 0 });
});

test('STS cannot fetch the keys: each token is tried twice', async (t) => {
  const stage = await refusing(t, {
    code: 'InvalidIdentityToken',
    message: "Couldn't retrieve verification key from your identity provider",
    count: 9,
  });
  assert.equal((await stage.daypass()).code, 69);
  assert.deepEqual(costs(stage), { sts: 4, refreshes: 1, signIns: 0 });
});
