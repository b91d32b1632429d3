import { closeSync, constants, openSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';

// macOS refuses a connection to a full backlog (128) as if no process listened. There the holder of a lock
// keeps a file locked, and the kernel frees that lock with the process, too.

const fileName = 'locked';
/** Flags of open(2) on macOS, which lock the file as flock(2) does; Node names none of them. */
const [O_EXLOCK, O_SHLOCK] = [0x20, 0x10];
/** With it such an open fails with EAGAIN. Without it, it waits: for another process, or for a lock server. */
const { O_NONBLOCK } = constants;

/** Keeps the file of a folder locked until the server is closed. Does nothing on other systems. */
export function keepLocked(folder: string, server: Server): void {
  if (process.platform !== 'darwin') return;
  try {
    const flags = constants.O_CREAT | constants.O_RDWR | O_NONBLOCK | O_EXLOCK;
    const file = openSync(join(folder, fileName), flags, 0o600);
    server.on('close', () => closeSync(file));
  } catch {
    // The file system has no locks, so a refused connection must do.
  }
}

/** Returns whether a process keeps the file of a folder locked. Always false on other systems. */
export function isLocked(folder: string): boolean {
  if (process.platform !== 'darwin') return false;
  try {
    closeSync(openSync(join(folder, fileName), constants.O_RDONLY | O_NONBLOCK | O_SHLOCK));
    return false;
  } catch (error) {
    return systemCode(error) === 'EAGAIN';
  }
}
