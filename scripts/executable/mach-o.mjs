// The signature that macOS demands of a program: ad hoc, which covers the whole file and names no author.
// https://github.com/apple-oss-distributions/xnu/blob/main/osfmk/kern/cs_blobs.h
import { createHash } from 'node:crypto';

const identifier = 'daypass\0';
const pageBits = 12;
const hashSize = 32;
/** Bytes of a CodeDirectory of version 0x20400, which its identifier follows. */
const directorySize = 88;
const superBlobSize = 20;
const [signatureCommand, segmentCommand] = [0x1d, 0x19];
const [superBlobMagic, directoryMagic] = [0xfade0cc0, 0xfade0c02];

/**
 * Returns the program with a new ad-hoc signature in the place of its present one: the compile step leaves that
 * of Bun itself in the executable for x64. Throws if it has no place for one.
 * @param {Buffer} program a Mach-O file of one architecture, 64 bits, little-endian
 */
export function signed(program) {
  const { command, place, linkEdit, text } = layoutOf(program);
  const slots = Math.ceil(place / 2 ** pageBits);
  const hashes = directorySize + identifier.length;
  const size = superBlobSize + hashes + slots * hashSize;
  const result = Buffer.alloc(place + size);
  program.copy(result, 0, 0, place);
  // Before the hashes, which cover the header too.
  result.writeUInt32LE(size, command + 12);
  const fileSize = place + size - Number(result.readBigUInt64LE(linkEdit + 40));
  result.writeBigUInt64LE(BigInt(fileSize), linkEdit + 48);
  result.writeBigUInt64LE(BigInt(Math.ceil(fileSize / 0x4000) * 0x4000), linkEdit + 32);

  const words = [superBlobMagic, size, 1, 0, superBlobSize];
  words.forEach((word, index) => void result.writeUInt32BE(word, place + 4 * index));
  const at = place + superBlobSize;
  const [version, adHoc] = [0x20400, 2];
  const directory = [
    ...[directoryMagic, size - superBlobSize, version, adHoc, hashes, directorySize, 0, slots, place],
    // 32 bytes a hash, SHA-256, no platform, 4096 bytes a page.
    (hashSize << 24) | (2 << 16) | pageBits,
  ];
  directory.forEach((word, index) => void result.writeUInt32BE(word, at + 4 * index));
  const mainProgram = 1n;
  result.writeBigUInt64BE(result.readBigUInt64LE(text + 40), at + 64);
  result.writeBigUInt64BE(result.readBigUInt64LE(text + 48), at + 72);
  result.writeBigUInt64BE(mainProgram, at + 80);
  result.write(identifier, at + directorySize, 'latin1');
  for (let slot = 0; slot < slots; slot += 1)
    pageHash(result, slot, pageBits, place).copy(result, at + hashes + slot * hashSize);
  return result;
}

/**
 * Returns the fault of a signature, for which macOS would kill the program; undefined if there is none.
 * @param {Buffer} program
 * @returns {string | undefined}
 */
export function signatureFault(program) {
  const { command, place } = layoutOf(program);
  const at = place + program.readUInt32BE(place + 16);
  if (program.readUInt32BE(place) !== superBlobMagic || program.readUInt32BE(at) !== directoryMagic)
    return 'it has no code directory';
  if (place + program.readUInt32LE(command + 12) !== program.length) return 'it does not end with the file';
  const [hashes, slots, limit] = [16, 28, 32].map((field) => program.readUInt32BE(at + field));
  const bits = program.readUInt8(at + 39);
  if (limit !== place || slots !== Math.ceil(place / 2 ** bits)) return 'it does not cover the whole file';
  const wrong = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => {
    const from = at + (hashes ?? 0) + slot * hashSize;
    return !pageHash(program, slot, bits, place).equals(program.subarray(from, from + hashSize));
  });
  return wrong.length > 0 ? `${wrong.length} of ${slots} pages are others` : undefined;
}

/**
 * @param {Buffer} program
 * @param {number} slot
 * @param {number} bits
 * @param {number} limit
 */
function pageHash(program, slot, bits, limit) {
  const page = program.subarray(slot * 2 ** bits, Math.min((slot + 1) * 2 ** bits, limit));
  return createHash('sha256').update(page).digest();
}

/**
 * Returns the positions of the load commands, and of the signature.
 * @param {Buffer} program
 */
function layoutOf(program) {
  if (program.readUInt32LE(0) !== 0xfeedfacf) throw new Error('this is no Mach-O file of 64 bits');
  /** @type {number[]} */
  const commands = [];
  for (let at = 32, left = program.readUInt32LE(16); left > 0; left -= 1) {
    commands.push(at);
    at += program.readUInt32LE(at + 4);
  }
  const command = commands.find((at) => program.readUInt32LE(at) === signatureCommand);
  /** @param {string} name */
  const segment = (name) =>
    commands.find(
      (at) =>
        program.readUInt32LE(at) === segmentCommand &&
        program.toString('latin1', at + 8, at + 24).replace(/\0+$/, '') === name,
    );
  const [linkEdit, text] = [segment('__LINKEDIT'), segment('__TEXT')];
  if (command === undefined || linkEdit === undefined || text === undefined)
    throw new Error('this Mach-O file has no place for a signature');
  return { command, place: program.readUInt32LE(command + 8), linkEdit, text };
}
