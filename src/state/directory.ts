import { chmodSync, lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { DaypassError, type Hint } from '../errors.ts';
import * as files from '../process/files.ts';
import { printable } from '../terminal/printable.ts';

/** Returns the state directory. It depends on HOME, so that all sessions of a person meet at one lock. */
export function stateDirectory(env: NodeJS.ProcessEnv, home: string): string {
  if (process.platform === 'win32')
    return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'daypass');
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'daypass');
  // A hit would load join() only for this.
  const base = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : `${home}/.local/state`;
  return `${base}/daypass`;
}

/** Creates a folder of the state directory, if it does not exist. Throws `io` or `unsafe-directory`. */
export function ensurePrivateFolder(state: string, name: string): string {
  const folder = join(state, name);
  try {
    // The usual case: both exist with the right mode.
    if (isPrivate(state) && isPrivate(folder)) return folder;
    files.makeFolders(folder);
  } catch (error) {
    throw ioError('create', folder, error);
  }
  for (const path of [state, folder]) assertPrivate(path);
  return folder;
}

function isPrivate(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return Boolean(stats?.isDirectory() && isOursAlone(stats));
}

/** Returns whether only this user can read, write or enter it. Always false on Windows. */
export function isOursAlone({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}

/** Throws `unsafe-directory` unless `path` is a directory of this user that no other user can enter. */
export function assertPrivate(path: string): void {
  if (process.platform === 'win32') return;
  const stats = lstatSync(path);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.())
    throw unsafe('directory', path, 'is not a directory that you own', checkAndRemove('ls -ld', path));
  const command = `chmod 700 ${printable(path)}`;
  if (stats.mode & 0o022) throw unsafe('directory', path, 'is writable by other users', { command });
  if (stats.mode & 0o077) chmodSync(path, 0o700);
}

/** Throws `unsafe-file` unless `path` is a file of this user that no other user can read. */
export function assertPrivateFile(path: string): void {
  if (process.platform === 'win32') return;
  const stats = lstatSync(path);
  if (!stats.isFile() || stats.uid !== process.getuid?.())
    throw unsafe('file', path, 'is not a file that you own', checkAndRemove('ls -l', path));
  if (stats.mode & 0o077)
    throw unsafe('file', path, 'is readable by other users', { command: `chmod 600 ${printable(path)}` });
}

function unsafe(what: 'directory' | 'file', path: string, fault: string, hint: Hint): DaypassError {
  return new DaypassError(`unsafe-${what}`, `${printable(path)} ${fault}`, { hint });
}

function checkAndRemove(list: string, path: string): Hint {
  return { advice: `check it with ${list} ${printable(path)}, then remove it` };
}

/** Returns the text of a file in the state directory, or undefined if there is no such file. Throws `io`. */
export function readFileIfAny(path: string): string | undefined {
  return files.readFileIfAny(path, remedies)?.toString();
}

/** Replaces a file of the state directory in one step, with this mode whatever the umask is. Throws `io`. */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  files.replaceFile(path, content, { mode, remedies });
}

/** Returns the `io` error of a path in the state directory. */
export function ioError(verb: string, path: string, error: unknown): DaypassError {
  return files.fileError(verb, path, error, remedies);
}

const notWritable: Hint = {
  advice: 'make it writable for your user, or set XDG_STATE_HOME to a writable folder',
  again: true,
};
const remedies: files.Remedies = {
  // A place such as /proc, where no folder can be created.
  ENOENT: notWritable,
  EROFS: notWritable,
  EACCES: notWritable,
  EPERM: notWritable,
  ENAMETOOLONG: { advice: 'set XDG_STATE_HOME to a folder with a shorter path', again: true },
};
