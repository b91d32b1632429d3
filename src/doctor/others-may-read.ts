import { statSync } from 'node:fs';

/**
 * Returns whether other users may read or write this file. False if it does not exist, and on Windows, which
 * has no mode bits.
 */
export function othersMayRead(path: string): boolean {
  if (process.platform === 'win32') return false;
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;
}
