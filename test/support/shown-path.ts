import { join } from 'node:path';

/** Returns a file below the home directory as daypass shows it: on Windows `~` means nothing to most programs. */
export function shownBelow(home: string, name: string): string {
  return process.platform === 'win32' ? join(home, name) : `~/${name}`;
}
