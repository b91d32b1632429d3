import assert from 'node:assert/strict';
import { createDiffieHellmanGroup, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { startKeyAgreement } from '../../src/store/key-agreement.ts';

test("the key agreement is that of Node's own group, without the numbers that KWallet shortens", () => {
  const theirs = createDiffieHellmanGroup('modp2');
  const publicKey = theirs.generateKeys();
  for (let [round, short] = [0, 0]; round < 300 || short < 1; round++) {
    const ours = startKeyAgreement();
    const shared = theirs.computeSecret(ours.publicKey);
    if (shared[0] === 0) short++;
    const key = shared[0] === 0 ? undefined : Buffer.from(hkdfSync('sha256', shared, '', '', 16));
    assert.deepEqual(ours.keyWith(publicKey), key);
  }
});

test('a value that is no public key is rejected', () => {
  for (const theirs of [undefined, '', Buffer.alloc(0), Buffer.from([1]), Buffer.alloc(129, 255)])
    assert.throws(() => startKeyAgreement().keyWith(theirs));
});
