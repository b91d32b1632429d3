import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, distance, nearest } from '../../src/terminal/nearest.ts';
import { randomFrom, seed } from '../support/random.ts';

const commands = ['completion', 'configure', 'console', 'doctor', 'env', 'exec', 'login', 'logout', 'status'];

for (const [typed, names, expected] of [
  ['lgoin', commands, ['login']],
  ['loign', commands, ['login']],
  ['logn', commands, ['login']],
  ['log', commands, ['login', 'logout']],
  ['LOGIN', commands, ['login']],
  ['statsu', commands, ['status']],
  ['confgiure', commands, ['configure']],
  ['conf', commands, ['configure']],
  ['nev', commands, ['env']],
  ['--fromat', ['--format', '--force'], ['--format']],
  ['-profile', ['--profile', '--policy-arns'], ['--profile']],
  ['—profile', ['--profile'], ['--profile']],
  ['--client_id', ['--client-id'], ['--client-id']],
  ['--clientId', ['--client-id'], ['--client-id']],
  ['dev', ['Dev', 'dev-admin', 'prod'], ['Dev', 'dev-admin']],
  ['de', ['dev', 'prod'], ['dev']],
  ['my dev', ['my-dev'], ['my-dev']],
  // Nothing is near.
  ['fly', commands, []],
  ['constructor', commands, []],
  ['x', ['a', 'b'], []],
  ['', ['a', 'ab', 'abc'], []],
  ['prod', ['dev', 'test'], []],
  ['a'.repeat(5000), ['a'.repeat(5001)], []],
] as const) {
  test(`near ${JSON.stringify(typed.slice(0, 20))} is ${expected.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(nearest(typed, names), expected);
  });
}

test('didYouMean suggests at most three names, the nearest first, each once', () => {
  const names = ['prod4x', 'prod5', 'prod', 'prod', 'prod1', 'prod2'];
  assert.equal(didYouMean('prod6', names), 'did you mean prod5 or prod or prod1?');
  assert.equal(didYouMean('zebra', names), undefined);
});

/** Returns the distance by its definition: the least number of edits of all ways to edit. */
function leastEdits(a: string, b: string): number {
  if (!a || !b) return Math.max(a.length, b.length);
  const ways = [
    1 + leastEdits(a.slice(1), b),
    1 + leastEdits(a, b.slice(1)),
    (a[0] === b[0] ? 0 : 1) + leastEdits(a.slice(1), b.slice(1)),
  ];
  if (a.length > 1 && a[0] === b[1] && a[1] === b[0]) ways.push(1 + leastEdits(a.slice(2), b.slice(2)));
  return Math.min(...ways);
}

test(`the distance of random words is the least number of edits (seed ${seed})`, () => {
  const random = randomFrom(seed);
  const word = () => Array.from({ length: random.whole(7) }, () => random.pick(['a', 'b', 'c'])).join('');
  for (let round = 0; round < 500; round++) {
    const [a, b] = [word(), word()];
    assert.equal(distance(a, b), leastEdits(a, b), `${a} ${b}`);
  }
});
