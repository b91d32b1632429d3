import { closeSync, constants, openSync } from 'node:fs';
import type { Server } from 'node:net';
import { systemCode } from '../errors.ts';

// A file that one process keeps locked. The kernel frees it when that process ends, also if it is killed.
// - macOS: O_EXLOCK and O_SHLOCK of open(2). There a full backlog (128) refuses a connection as if no process
//   listened, so the holder of a lock keeps a file locked, too.
// - Windows: a file that is opened with share mode 0, which libuv calls UV_FS_O_EXLOCK. No process can open it then
//   (https://learn.microsoft.com/windows/win32/fileio/creating-and-opening-files). There it is the lock itself.

const macOs = { exclusive: 0x20, shared: 0x10, refusal: 'EAGAIN' };
const windows = { exclusive: 0x10000000, shared: 0, refusal: 'EBUSY' };
/** A process that only looks must not wait. Windows has no such flag, and never waits. */
const noWait = constants.O_NONBLOCK ?? 0;

/**
 * Creates the file if there is none, and locks it until the descriptor is closed. Returns undefined if another
 * process has locked it, or on Windows if one has it open for reading. Throws the error of the system.
 */
export function openLocked(path: string): number | undefined {
  const { exclusive, refusal } = process.platform === 'win32' ? windows : macOs;
  try {
    return openSync(path, constants.O_CREAT | constants.O_RDWR | noWait | exclusive, 0o600);
  } catch (error) {
    if (systemCode(error) === refusal) return undefined;
    throw error;
  }
}

/** On macOS, keeps the file locked until the server is closed. Does nothing on other systems. */
export function keepLocked(path: string, server: Server): void {
  if (process.platform !== 'darwin') return;
  try {
    const file = openLocked(path);
    server.on('close', () => file === undefined || closeSync(file));
  } catch {
    // The file system has no locks, so a refused connection must do.
  }
}

/** Returns whether a process keeps the file locked. Always false on Linux, which needs no such file. */
export function isLocked(path: string): boolean {
  if (process.platform !== 'darwin' && process.platform !== 'win32') return false;
  const { shared, refusal } = process.platform === 'win32' ? windows : macOs;
  try {
    closeSync(openSync(path, constants.O_RDONLY | noWait | shared));
    return false;
  } catch (error) {
    return systemCode(error) === refusal;
  }
}
