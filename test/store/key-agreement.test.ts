import assert from 'node:assert/strict';
import { createDiffieHellmanGroup, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { startKeyAgreement } from '../../src/store/key-agreement.ts';

test("the key agreement is that of Node's own group", () => {
  const theirs = createDiffieHellmanGroup('modp2');
  const publicKey = theirs.generateKeys();
  for (let round = 0; round < 300; round++) {
    const ours = startKeyAgreement();
    const shared = theirs.computeSecret(ours.publicKey);
    assert.deepEqual(ours.keyWith(publicKey), Buffer.from(hkdfSync('sha256', shared, '', '', 16)));
  }
});

test('a value that is no public key is rejected', () => {
  for (const theirs of [undefined, '', Buffer.alloc(0), Buffer.from([1]), Buffer.alloc(129, 255)])
    assert.throws(() => startKeyAgreement().keyWith(theirs));
});
