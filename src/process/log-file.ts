import { closeSync, constants, fchmodSync, fstatSync, openSync, type Stats } from 'node:fs';
import { systemCode } from '../errors.ts';

/** No link, no wait for the reader of a pipe, no terminal for a renewal. Windows has none of these flags. */
const flags =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  (constants.O_NOFOLLOW ?? 0) |
  (constants.O_NONBLOCK ?? 0) |
  (constants.O_NOCTTY ?? 0);

/**
 * Opens a file for the log, 0600, and returns its descriptor. Returns that of stderr for `/dev/stderr`, which
 * is a link, and undefined for `/dev/null`. Throws an Error whose message says why the file cannot be used.
 */
export function openLogFile(path: string): number | undefined {
  if (path === '/dev/stderr') return 2;
  if (path === '/dev/null') return undefined;
  let file: number;
  try {
    file = openSync(path, flags, 0o600);
  } catch (error) {
    const code = systemCode(error);
    // ENXIO: a pipe without a reader, or a socket.
    if (code === 'ELOOP') throw new Error('is a link');
    if (code === 'ENXIO' || code === 'EISDIR') throw new Error('is not a regular file');
    throw new Error(`cannot be written (${code ?? 'unknown error'})`);
  }
  try {
    const stats = fstatSync(file);
    assertUsable(stats);
    if (process.platform !== 'win32' && stats.mode & 0o077) makePrivate(file);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function makePrivate(file: number): void {
  try {
    fchmodSync(file, 0o600);
  } catch {
    throw new Error('is open to other users, on a file system without modes');
  }
}

function assertUsable(stats: Stats): void {
  if (!stats.isFile()) throw new Error('is not a regular file');
  if (process.platform === 'win32') return;
  if (stats.uid !== process.getuid?.()) throw new Error(`belongs to another user (uid ${stats.uid})`);
  // A user who may write to the folder can link another file of this user there.
  if (stats.nlink > 1) throw new Error('has another name elsewhere (a hard link)');
}
