import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { localTime } from '../../src/terminal/local-time.ts';

const { TZ } = process.env;
after(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

const at = Date.parse('2026-11-29T23:45:00Z');
for (const [zone, shown] of [
  ['UTC', '23:45 UTC'],
  ['Europe/Berlin', '00:45 UTC+1'],
  ['Asia/Kolkata', '05:15 UTC+5:30'],
  ['America/New_York', '18:45 UTC-5'],
  ['America/St_Johns', '20:15 UTC-3:30'],
] as const) {
  test(`a time in ${zone} is ${shown}, across midnight too`, () => {
    process.env.TZ = zone;
    assert.equal(localTime(at, at - 3600_000), shown);
    assert.equal(localTime(at, at + 3600_000), shown);
  });
}

test('a time that is more than 12 hours away has its date', () => {
  process.env.TZ = 'Europe/Berlin';
  assert.equal(localTime(at, at + 13 * 3600_000), '2026-11-30 00:45 UTC+1');
});
