import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../src/store/sha256.ts';

test('text of any length has the same hash as from OpenSSL', () => {
  for (let length = 0; length < 400; length++) {
    const text = randomBytes(length).toString('latin1');
    assert.equal(sha256(text), createHash('sha256').update(text).digest('hex'));
  }
});
