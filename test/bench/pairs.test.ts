import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ratios, runPairs } from '../../bench/pairs.ts';

test('the subjects take turns beside the unit, whose place in a pair alternates', async () => {
  const order: string[] = [];
  const run = (name: string) => async () => order.push(name);
  const results = await runPairs(2, { executable: run('E'), npm: run('N') }, run('U'));
  assert.equal(order.join(' '), 'E U N U U E U N E U N U');
  // The first pair of each is not counted.
  assert.deepEqual(results, [
    [
      'executable',
      [
        { subject: 6, unit: 5 },
        { subject: 9, unit: 10 },
      ],
    ],
    [
      'npm',
      [
        { subject: 8, unit: 7 },
        { subject: 11, unit: 12 },
      ],
    ],
  ]);
});

test('each ratio is that of its own pair', async () => {
  const costs = { subject: [99, 10, 30], unit: [99, 5, 10] };
  const next = (of: number[]) => async () => of.shift() ?? Number.NaN;
  assert.deepEqual(await ratios('hit', 2, { npm: next(costs.subject) }, next(costs.unit), 'a note'), [
    { name: 'hit', program: 'npm', values: [2, 3], milliseconds: [10, 30], note: 'a note' },
  ]);
});
