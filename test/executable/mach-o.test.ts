// The signature of the single executable for macOS.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { signatureFault, signed } from '../../scripts/executable/mach-o.mjs';

const header = 32 + 72 + 72 + 16;
const contents = 10_000;

/** Returns a Mach-O file with two segments, and a signature that is only zeros. */
function unsigned(): Buffer {
  const file = Buffer.alloc(contents + 100, 7);
  file.fill(0, 0, header);
  file.fill(0, contents);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(3, 16);
  for (const [at, name, from, size] of [
    [32, '__TEXT', 0, 8192],
    [104, '__LINKEDIT', 8192, 1908],
  ] as const) {
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(72, at + 4);
    file.write(name, at + 8);
    file.writeBigUInt64LE(BigInt(from), at + 40);
    file.writeBigUInt64LE(BigInt(size), at + 48);
  }
  [0x1d, 16, contents, 100].forEach((word, index) => void file.writeUInt32LE(word, 176 + 4 * index));
  return file;
}

test('a new signature covers every byte before it', () => {
  const file = signed(unsigned());
  assert.equal(signatureFault(file), undefined);
  // The CodeDirectory, read apart from the code under test: its last hash is that of the last 1808 bytes.
  const last = createHash('sha256').update(file.subarray(8192, contents)).digest();
  assert.deepEqual(file.subarray(-32), last);
  assert.equal(file.length, contents + file.readUInt32LE(188));
  assert.equal(file.readBigUInt64LE(152), BigInt(file.length - 8192), '__LINKEDIT ends with the file');
  for (const at of [header, 5000, contents - 1]) {
    const changed = Buffer.from(file);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    assert.match(signatureFault(changed) ?? '', /^1 of 3 pages are others$/);
  }
  assert.match(signatureFault(Buffer.concat([file, Buffer.alloc(1)])) ?? '', /does not end with the file/);
  assert.deepEqual(signed(file), file, 'a second signature is the same');
});

test('a file without a signature is refused', () => {
  assert.throws(() => signatureFault(Buffer.alloc(100)), /no Mach-O file/);
  assert.match(signatureFault(unsigned()) ?? '', /no code directory/);
});
