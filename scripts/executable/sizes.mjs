// Measures an executable, also in the compressed forms in which people download it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createGzip } from 'node:zlib';

/**
 * Returns the size of a file and of its compressed forms as text, in MB.
 * @param {string} file
 */
export async function sizesOf(file) {
  const [gzip, xz] = await Promise.all([lengthOf(createReadStream(file).pipe(createGzip())), xzLength(file)]);
  return `${megabytes(statSync(file).size)} MB, gzip ${megabytes(gzip)} MB, xz ${xz === undefined ? 'is not installed' : `${megabytes(xz)} MB`}`;
}

/**
 * Returns the number of bytes after `xz -3`; undefined if xz is missing. `xz -6` takes three times as long.
 * @param {string} file
 */
async function xzLength(file) {
  const xz = spawn('xz', ['-3', '--stdout', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [length] = await Promise.all([lengthOf(xz.stdout), once(xz, 'spawn')]);
    return length;
  } catch {
    return undefined;
  }
}

/** @param {AsyncIterable<Buffer>} stream */
async function lengthOf(stream) {
  let length = 0;
  for await (const chunk of stream) length += chunk.length;
  return length;
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
