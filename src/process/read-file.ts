import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { systemCode } from '../errors.ts';
import { whileInUse } from './in-use.ts';

/** Returns the error of a path that leads to something else than a file: `is a pipe, not a file`. */
export function notAFile(stats: Stats): Error {
  return Object.assign(new Error(`is ${kind(stats)}, not a file`), { code: 'EFTYPE' });
}

/** Returns whether an error is one of `notAFile`. */
export function isNotAFile(error: unknown): error is Error {
  return systemCode(error) === 'EFTYPE';
}

/**
 * Returns the content of a file, and nothing for the null device. Never waits; `readPipe` reads a pipe.
 * Throws `notAFile` for any other kind, and the error of the system.
 */
export function readFile(path: string, readPipe?: (pipe: number) => Buffer): Buffer {
  const file = open(path);
  try {
    const stats = fstatSync(file);
    if (stats.isFile()) return readToEnd(file, stats.size);
    if (isNullDevice(stats)) return Buffer.alloc(0);
    if (stats.isFIFO() && readPipe) return readPipe(file);
    throw notAFile(stats);
  } finally {
    closeSync(file);
  }
}

/**
 * Returns the content of a regular file, or undefined if it has more than `most` bytes. Never waits. Throws
 * `notAFile` for any other kind, and the error of the system.
 */
export function readFileUpTo(path: string, most: number): Buffer | undefined {
  const file = open(path);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw notAFile(stats);
    // The size is not reliable: the files of /proc have none, and a file can grow.
    const content = readToSize(file, most + 1);
    return content.length > most ? undefined : content;
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    // Opening a pipe must not wait for a writer.
    return whileInUse(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  } catch (error) {
    // A socket cannot be opened, nor a device without a driver, nor a folder on Windows.
    const isOdd = ['ENXIO', 'EOPNOTSUPP', 'ENODEV', 'EISDIR'].includes(systemCode(error) ?? '');
    throw isOdd ? notAFile(statSync(path)) : error;
  }
}

/** Reads with the known size: readFileSync() would ask for it again. */
function readToEnd(file: number, size: number): Buffer {
  // The files of /proc have no size.
  return size === 0 ? readFileSync(file) : readToSize(file, size);
}

/** Returns the first `size` bytes, or all if there are fewer. */
function readToSize(file: number, size: number): Buffer {
  const content = Buffer.allocUnsafe(size);
  let end = 0;
  while (end < size) {
    const read = readSync(file, content, end, size - end, null);
    if (read === 0) break;
    end += read;
  }
  return content.subarray(0, end);
}

function isNullDevice(stats: Stats): boolean {
  const nullDevice = process.platform === 'win32' ? '\\\\.\\nul' : '/dev/null';
  return stats.isCharacterDevice() && stats.rdev === statSync(nullDevice, { throwIfNoEntry: false })?.rdev;
}

function kind(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
