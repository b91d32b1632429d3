import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { homeDirectory } from '../process/home-directory.ts';
import { ensurePrivateFolder, ioError, replaceFile, stateDirectory } from '../state/directory.ts';
import { embeddedFile } from './parts.ts';

/** `program-` and the SHA-256 of all unpacked files, set by the build. */
declare const unpackedFolder: string;

/** The files that the system can only load or run from disk, with their modes. */
const modes = { 'keytar.node': 0o600, 'xdg-open': 0o700 };

/**
 * Returns the path of an embedded file, and writes it unless the same bytes are there. The folder's name has
 * the hash of the files, so that versions of daypass do not replace each other's.
 * Only root and this user can exchange the folder, so the file that is compared is the one that is loaded.
 * Throws `io`, and `unsafe-directory` if other users could write to it.
 */
export function unpack(name: keyof typeof modes): string {
  const state = stateDirectory(process.env, homeDirectory(process.env));
  const path = join(ensurePrivateFolder(state, unpackedFolder), name);
  const bytes = embeddedFile(name);
  if (!holds(path, bytes, modes[name])) replaceFile(path, bytes, modes[name]);
  return path;
}

/** Returns whether `path` is this user's own file with these bytes. Comparing them is faster than a hash. */
function holds(path: string, bytes: Buffer, mode: number): boolean {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = systemCode(error);
    // ELOOP: a symbolic link. EACCES: another mode or owner.
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'EACCES') return false;
    throw ioError('read', path, error);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size !== bytes.length) return false;
    if (process.platform !== 'win32' && (stats.uid !== process.getuid?.() || (stats.mode & 0o7777) !== mode))
      return false;
    const found = Buffer.allocUnsafe(bytes.length);
    return readSync(file, found, 0, found.length, 0) === found.length && found.equals(bytes);
  } finally {
    closeSync(file);
  }
}
