import { writeSync } from 'node:fs';
import { systemCode } from '../errors.ts';

/** Milliseconds between two looks at a pipe that is full. */
const pause = 5;

/**
 * Writes all of `text` before it returns, in one piece where that goes in. A full pipe that the client made non-blocking may take `longest`
 * milliseconds. Throws what the system says.
 */
export function writeAll(descriptor: number, text: string, longest: number): void {
  let waited = 0;
  let rest: string | Buffer = text;
  for (;;) {
    try {
      // A text as it is: a hit need not make a Buffer of it. Node takes either, in types apart.
      const written = writeSync(descriptor, rest as string);
      if (written === Buffer.byteLength(rest)) return;
      rest = Buffer.from(rest).subarray(written);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN' || waited >= longest) throw error;
      // Without an event loop, which may never come again.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      waited += pause;
    }
  }
}
