import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DaypassError, type Hint, systemCode } from '../errors.ts';
import { freeSpace, lookAt } from '../terminal/advice.ts';
import { printable } from '../terminal/printable.ts';
import { whileInUse } from './in-use.ts';
import { isNotAFile, readFile } from './read-file.ts';

/** The next step for a system code such as `EACCES`, in places where more is known than the path. */
export type Remedies = Readonly<Record<string, Hint>>;

/**
 * Returns the content of a file, or undefined if there is no such file. Never waits. Throws `io`, and
 * `bad-configuration` for a folder, a socket, a device, and a pipe without `readPipe`.
 */
export function readFileIfAny(path: string, readPipe?: (pipe: number) => Buffer): Buffer | undefined {
  try {
    return readFile(path, readPipe);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error instanceof DaypassError ? error : fileError('read', path, error);
  }
}

/**
 * Creates a folder and its parents, for this user alone, or for the owner of `owner`. Node's `recursive`
 * reports ENOENT on a read-only disk and never returns below /proc (Node 20). Throws the error of the system.
 */
export function makeFolders(path: string, owner?: Stats): void {
  try {
    makeFolder(path, owner);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolders(dirname(path), owner);
    makeFolder(path, owner);
  }
}

function makeFolder(path: string, owner: Stats | undefined): void {
  // An exception takes more time than this check.
  if (existsSync(path)) return;
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may create the same folder at the same time.
    if (systemCode(error) !== 'EEXIST') throw error;
    return;
  }
  if (owner) giveFolder(owner, path);
}

/** Through a descriptor, since the owner of the folder above can put something else in its place. */
function giveFolder(owner: Stats, path: string): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchownSync(folder, owner.uid, owner.gid);
  } finally {
    closeSync(folder);
  }
}

interface Replacement {
  /** Applies whatever the umask is. */
  mode?: number;
  /** The new file gets the owner and the group of this one. */
  owner?: Stats | undefined;
  /** Runs immediately before each try of the rename; false leaves the old content in place. */
  isWanted?: () => boolean;
  remedies?: Remedies;
}

/** Replaces a file in one step: readers see the old content or the new. Returns `isWanted()`. Throws `io`. */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { mode = 0o600, owner, isWanted = () => true, remedies }: Replacement = {},
): boolean {
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(file, content);
      // Through the descriptor, so that neither the umask nor a faster process decides.
      fchmodSync(file, mode);
      if (owner) giveTo(owner, file);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const isReplaced = whileInUse(() => {
      const wanted = isWanted();
      if (wanted) renameSync(temporary, path);
      return wanted;
    });
    if (!isReplaced) removeFile(temporary);
    return isReplaced;
  } catch (error) {
    removeIfPossible(temporary);
    throw error instanceof DaypassError ? error : fileError('write', path, error, remedies);
  }
}

/** Removes a file, if there is one. Throws the error of the system. */
export function removeFile(path: string): void {
  try {
    whileInUse(() => unlinkSync(path));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Removes an empty folder. Throws the error of the system. */
export function removeFolder(path: string): void {
  whileInUse(() => rmdirSync(path));
}

/** Removes a folder, if there is one, and all that is in it. Throws the error of the system. */
export function removeTree(path: string): void {
  whileInUse(() => rmSync(path, { recursive: true, force: true }));
}

/** Best effort: the first error matters more. */
function removeIfPossible(path: string): void {
  try {
    removeFile(path);
  } catch {}
}

function giveTo({ uid, gid, mode }: Stats, file: number): void {
  const own = fstatSync(file);
  if (own.uid === uid && own.gid === gid) return;
  try {
    fchownSync(file, uid, gid);
  } catch (error) {
    // Only root can give a file to a foreign group. Ignore that if the group has the same rights as everyone.
    if (own.uid !== uid || ((mode >> 3) & 7) !== (mode & 7)) throw error;
  }
}

/** Returns the error of a file or a folder: `io` (`cannot read /path: EACCES`), or `bad-configuration`. */
export function fileError(verb: string, path: string, error: unknown, remedies: Remedies = {}): DaypassError {
  const code = systemCode(error) ?? 'unknown error';
  const shown = printable(path.length > 150 ? `…${path.slice(-150)}` : path);
  if (isNotAFile(error))
    return new DaypassError('bad-configuration', `${shown} ${error.message}`, {
      hint: { advice: 'put a file in its place, or name another path', again: true },
    });
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code);
  const hint: Hint = isFull ? { advice: freeSpace(), again: true } : (remedies[code] ?? lookAt(path));
  return new DaypassError('io', `cannot ${verb} ${shown}: ${code}`, { hint, cause: error });
}
