// Sets an answer of the provider, and judges the requests that came of it.
import assert from 'node:assert/strict';
import { type Deviation, deviate } from '../support/bad-answers.ts';
import type { FaultStage } from './fault.ts';

/** The number of STS calls before the fault was arranged. */
const stsCalls = new WeakMap<FaultStage, number>();

export function arranged(stage: FaultStage, difference: Deviation): void {
  deviate(stage.provider, difference);
  stage.provider.requests.length = 0;
  stsCalls.set(stage, stage.sts.calls.length);
}

/**
 * Asserts that STS got no call, that the keys were requested at most twice, and that no other address was.
 */
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

/** Divides a list into `count` parts, so that the parts can run at the same time. */
export function parts<Item>(list: readonly Item[], count: number): Item[][] {
  const size = Math.ceil(list.length / count);
  return Array.from({ length: count }, (_, part) => list.slice(part * size, (part + 1) * size));
}
