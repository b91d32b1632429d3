import { writeSync } from 'node:fs';
import { systemCode } from '../errors.ts';

/** The milliseconds between two writes to a pipe that is full. */
const pause = 5;

/**
 * Writes all of `text` before it returns, in one write if it fits. Waits up to `longest` milliseconds for a
 * full pipe that the client made non-blocking. Throws the system's error.
 */
export function writeAll(descriptor: number, text: string, longest: number): void {
  let waited = 0;
  let rest: string | Buffer = text;
  for (;;) {
    try {
      // No Buffer for the first write: a hit needs none. Node accepts both, but in two overloads.
      const written = writeSync(descriptor, rest as string);
      if (written === Buffer.byteLength(rest)) return;
      rest = Buffer.from(rest).subarray(written);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN' || waited >= longest) throw error;
      // Block instead of using the event loop: the process may be about to exit.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      waited += pause;
    }
  }
}
