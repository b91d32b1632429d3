import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshness, remaining } from '../../src/session/freshness.ts';
import type { CredentialsRecord } from '../../src/session/records.ts';

const now = 1_900_000_000_000;

function issued(secondsAgo: number, lifetime: number): CredentialsRecord {
  return { issuedAt: now - secondsAgo * 1000, lifetime: lifetime * 1000 } as CredentialsRecord;
}

const table: [lifetime: number, left: number, state: string][] = [
  [3600, 3600, 'fresh'],
  [3600, 960, 'fresh'],
  [3600, 959, 'ageing'],
  [3600, 120, 'ageing'],
  [3600, 119, 'expiring'],
  [3600, 31, 'expiring'],
  [3600, 30, 'expired'],
  [3600, -5, 'expired'],
  [900, 450, 'fresh'],
  [900, 449, 'ageing'],
  [900, 119, 'expiring'],
  [43200, 960, 'fresh'],
  [43200, 959, 'ageing'],
  [120, 60, 'fresh'],
  [120, 59, 'ageing'],
  [120, 29, 'expiring'],
  [120, 15, 'expired'],
];

for (const [lifetime, left, state] of table) {
  test(`credentials with ${left} s left of ${lifetime} s are ${state}`, () => {
    assert.equal(freshness(issued(lifetime - left, lifetime), now), state);
  });
}

test('credentials that were issued in the future have no time left', () => {
  assert.equal(remaining(issued(-1, 3600), now), 0);
});
