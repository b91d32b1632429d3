// What becomes of an ID token that STS refuses: aws-clients section 9 says which refusals another token may mend.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { StsRefusal } from '../support/local-sts.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { roleArn, type Stage, signInProgram } from '../support/stage.ts';

/** Signed in for another role, so that there is an ID token and a refresh token; from then on STS refuses `count` requests. */
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

/** What it cost since that sign-in. */
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
  test(`"${message}": no other token would do, so none is asked for`, async (t) => {
    const stage = await refusing(t, { code: 'InvalidIdentityToken', message, count: 9 });
    assert.equal((await stage.daypass()).code, 69);
    assert.deepEqual(costs(stage), { sts: 1, refreshes: 0, signIns: 0 });
  });
}

for (const code of ['IDPRejectedClaim', 'InvalidIdentityToken']) {
  test(`${code}: a refreshed token is tried, then one of a new sign-in`, async (t) => {
    const stage = await refusing(t, { code, count: 2 });
    const { code: exit, stderr } = await stage.daypass();
    assert.deepEqual([exit, stderr], [0, '']);
    assert.deepEqual(costs(stage), { sts: 3, refreshes: 1, signIns: 1 });
    assert.deepEqual(
      logged(stage, 'id-token-refused').map(({ facts }) => facts.from),
      ['store', 'refresh'],
    );
  });

  test(`${code}, however often: one sign-in, then the error`, async (t) => {
    const stage = await refusing(t, { code, count: 9 });
    const { code: exit, stderr } = await stage.daypass();
    assert.equal(exit, 69);
    assert.match(stderr, /run: daypass login --force --profile developer\n$/);
    assert.deepEqual(costs(stage), { sts: 3, refreshes: 1, signIns: 1 });
  });

  test(`${code} where no browser may open: what a refresh brings is tried, and the error says to sign in`, async (t) => {
    const stage = await refusing(t, { code, count: 9 });
    const { code: exit, stderr } = await stage.daypass(['--non-interactive']);
    assert.equal(exit, 69);
    assert.match(stderr, /run: daypass login --force --profile developer/);
    assert.deepEqual(costs(stage), { sts: 2, refreshes: 1, signIns: 0 });
  });
}

test('ExpiredToken: a refreshed token is tried, and a person is not asked for what a clock does', async (t) => {
  const stage = await refusing(t, { code: 'ExpiredTokenException', count: 9 });
  const { stderr } = await stage.daypass();
  assert.match(stderr, /clock/);
  assert.deepEqual(costs(stage), { sts: 2, refreshes: 1, signIns: 0 });
});

test('keys that did not come to STS: each token is tried twice', async (t) => {
  const stage = await refusing(t, {
    code: 'InvalidIdentityToken',
    message: "Couldn't retrieve verification key from your identity provider",
    count: 9,
  });
  assert.equal((await stage.daypass()).code, 69);
  assert.deepEqual(costs(stage), { sts: 4, refreshes: 1, signIns: 0 });
});
