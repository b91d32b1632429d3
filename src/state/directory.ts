import { chmodSync, lstatSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { DaypassError, type Hint } from '../errors.ts';
import * as files from '../process/files.ts';
import { pathWord, stateVariable } from '../terminal/advice.ts';
import { assertAncestors, type OnUnknown } from './ancestors.ts';
import { checkAndRemove, ofOther, unsafe } from './unsafe.ts';

/** Returns the state directory. It depends on HOME, so that all sessions of a person meet at one lock. */
export function stateDirectory(env: NodeJS.ProcessEnv, home: string): string {
  if (process.platform === 'win32')
    return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'daypass');
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'daypass');
  // A hit would load join() only for this.
  const base = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : `${home}/.local/state`;
  return `${base}/daypass`;
}

/**
 * Creates a folder of the state directory, if it does not exist, and nothing where other users could exchange
 * it. Throws `io` or `unsafe-directory`.
 */
export function ensurePrivateFolder(state: string, name: string, onUnknown?: OnUnknown): string {
  const folder = join(state, name);
  try {
    if (arePrivate([state, folder], onUnknown)) return folder;
    files.makeFolders(folder);
    // In a sticky folder, another user may have been faster.
    arePrivate([state, folder], onUnknown);
  } catch (error) {
    throw error instanceof DaypassError ? error : ioError('create', folder, error);
  }
  return folder;
}

/** Throws `unsafe-directory` if other users could have put files into this folder. */
export function assertPrivateFolder(folder: string): void {
  try {
    arePrivate([folder]);
  } catch (error) {
    throw error instanceof DaypassError ? error : ioError('read', folder, error);
  }
}

/** Returns whether a folder, and one in it, exist. Throws `unsafe-directory`, and the error of the system. */
function arePrivate(folders: readonly [string, ...string[]], onUnknown?: OnUnknown): boolean {
  // Windows has access lists, and its folders for a user are private.
  if (process.platform === 'win32') return false;
  assertAncestors(dirname(folders[0]), onUnknown);
  return folders.every((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats) assertPrivate(path, stats);
    return stats !== undefined;
  });
}

/** Throws `unsafe-directory` unless it is a directory of this user that no other user can enter. */
function assertPrivate(path: string, stats: Stats): void {
  if (!stats.isDirectory())
    throw unsafe('directory', path, 'is not a directory', checkAndRemove('ls -ld', path));
  if (stats.uid !== process.getuid?.()) throw unsafe('directory', path, ...ofOther(path, stats));
  const command = `chmod 700 ${pathWord(path)}`;
  if (stats.mode & 0o022) throw unsafe('directory', path, 'is writable by other users', { command });
  if (stats.mode & 0o077) chmodSync(path, 0o700);
}

/** Returns whether only this user can read, write or enter it. Always false on Windows. */
export function isOursAlone({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}

/** Replaces a file of the state directory in one step, with this mode whatever the umask is. Throws `io`. */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  files.replaceFile(path, content, { mode, remedies: remedies() });
}

/** Returns the `io` error of a path in the state directory. */
export function ioError(verb: string, path: string, error: unknown): DaypassError {
  return files.fileError(verb, path, error, remedies());
}

function remedies(): files.Remedies {
  const setting = `set ${stateVariable()} to a`;
  const notWritable: Hint = {
    advice: `make it writable for your user, or ${setting} writable folder`,
    again: true,
  };
  return {
    // A place such as /proc, where no folder can be created.
    ENOENT: notWritable,
    EROFS: notWritable,
    EACCES: notWritable,
    EPERM: notWritable,
    ENAMETOOLONG: { advice: `${setting} folder with a shorter path`, again: true },
  };
}
