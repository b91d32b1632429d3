import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockDifference, timeSpan } from '../../src/terminal/time-span.ts';

const minute = 60_000;
const hour = 60 * minute;

for (const [time, shown] of [
  [0, '0 s'],
  [59_999, '59 s'],
  [minute, '1 min'],
  [2 * hour - 1, '119 min'],
  [2 * hour, '2 h'],
  [20 * hour + 5 * minute, '20 h 5 min'],
  [48 * hour - minute, '47 h 59 min'],
  [48 * hour, '2 days'],
  [365 * 24 * hour, '365 days'],
] as const)
  test(`${time} ms are ${shown}`, () => assert.equal(timeSpan(time), shown));

for (const [seconds, shown] of [
  [31, '31 s'],
  [-119, '119 s'],
  [-149, '2 min'],
  [599, '10 min'],
  [-3601, '60 min'],
  [72_001, '20 h'],
] as const)
  test(`a difference of ${seconds} s between clocks is ${shown}`, () =>
    assert.equal(clockDifference(seconds), shown));
