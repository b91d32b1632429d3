// Sets an answer of the provider, and judges the requests that came of it.
import assert from 'node:assert/strict';
import { type Deviation, deviate } from '../support/bad-answers.ts';
import type { FaultStage } from './fault.ts';

/** How often STS was asked when the fault was arranged. */
const stsCalls = new WeakMap<FaultStage, number>();

export function arranged(stage: FaultStage, difference: Deviation): void {
  deviate(stage.provider, difference);
  stage.provider.requests.length = 0;
  stsCalls.set(stage, stage.sts.calls.length);
}

/** STS was not asked, the keys at most twice, and no address that an answer named was visited; a refresh token that came along is revoked. */
export function judgedAlone(stage: FaultStage): void {
  const { requests } = stage.provider;
  assert.equal(stage.sts.calls.length, stsCalls.get(stage) ?? 0, 'STS is not asked');
  assert.ok(
    requests.filter((path) => path === '/jwks').length <= 2,
    'the keys are asked for once more at most',
  );
  const known = /^\/(\.well-known\/openid-configuration|jwks|token|revocation|authorize\?.*)$/;
  assert.deepEqual(
    requests.filter((path) => !known.test(path)),
    [],
  );
}

export function notFollowed({ provider }: FaultStage): void {
  assert.ok(!provider.requests.includes('/elsewhere'));
}

/** A list in so many parts, so that they can be met side by side. */
export function parts<Item>(list: readonly Item[], count: number): Item[][] {
  const size = Math.ceil(list.length / count);
  return Array.from({ length: count }, (_, part) => list.slice(part * size, (part + 1) * size));
}
