import { readSync } from 'node:fs';
import { systemCode } from '../errors.ts';

/** Milliseconds between two looks at a pipe that is empty. */
const pause = 10;

interface Limits {
  /** Milliseconds. */
  longest: number;
  /** Bytes. */
  most: number;
  /** The pipe had a writer when it was opened. Otherwise an empty pipe may still get one. */
  isWritten: boolean;
}

/**
 * Returns all that the writers of a non-blocking pipe write until they close it; undefined if a limit comes
 * first. Throws the error of the system.
 */
export function readPipe(pipe: number, { longest, most, isWritten }: Limits): Buffer | undefined {
  const end = performance.now() + longest;
  const buffer = Buffer.allocUnsafe(most + 1);
  let size = 0;
  let hasWriter = isWritten;
  while (size <= most && performance.now() < end) {
    const read = readNow(pipe, buffer, size);
    if (read === 0 && hasWriter) return buffer.subarray(0, size);
    // Without a writer, a read returns nothing; with one that is silent, EAGAIN.
    if (read !== 0) hasWriter = true;
    if (read) size += read;
    // Settings are read at once, so this blocks instead of using the event loop.
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
  return undefined;
}

/** Returns the number of bytes; undefined if there are none yet. */
function readNow(pipe: number, buffer: Buffer, offset: number): number | undefined {
  try {
    return readSync(pipe, buffer, offset, buffer.length - offset, null);
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
