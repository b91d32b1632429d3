import { chmodSync, existsSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { DaypassError, type Hint, systemCode } from '../errors.ts';
import * as files from '../process/files.ts';
import { printable } from '../terminal/printable.ts';

/**
 * Where locks, outcomes and the index lie. It depends on the home directory and not on the desktop session's
 * XDG_RUNTIME_DIR: a terminal, a cron job and an editor of one person must meet at the same lock.
 */
export function stateDirectory(env: NodeJS.ProcessEnv, home: string): string {
  if (process.platform === 'win32')
    return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'daypass');
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'daypass');
  // Without join(), which a hit would load for this alone.
  const base = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : `${home}/.local/state`;
  return `${base}/daypass`;
}

/** A folder of the state directory, made if need be. Throws `io`, or `unsafe-directory` where others could reach into it. */
export function ensurePrivateFolder(state: string, name: string): string {
  const folder = join(state, name);
  try {
    // As a rule they are there, as they must be, and to make them takes its time.
    if (isPrivate(state) && isPrivate(folder)) return folder;
    makeFolders(folder);
  } catch (error) {
    throw ioError('make', folder, error);
  }
  for (const path of [state, folder]) assertPrivate(path);
  return folder;
}

/** Node's own `recursive` tells ENOENT where the disk is read-only. Others may make the same folders in the same instant. */
function makeFolders(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolders(dirname(path));
    makeFolder(path);
  }
}

function makeFolder(path: string): void {
  // To be told so by an error takes its time.
  if (existsSync(path)) return;
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function isPrivate(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return Boolean(stats?.isDirectory() && isOursAlone(stats));
}

/** Whether nobody else may read, write or enter it; never on Windows, which does not say. */
export function isOursAlone({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}

/** Throws `unsafe-directory` unless `path` is a real directory of ours that nobody else may enter. */
export function assertPrivate(path: string): void {
  if (process.platform === 'win32') return;
  const stats = lstatSync(path);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.())
    throw unsafe('directory', path, 'is not a directory of yours', lookAndRemove('ls -ld', path));
  if (stats.mode & 0o022)
    throw unsafe('directory', path, 'may be written to by others', {
      command: `chmod 700 ${printable(path)}`,
    });
  if (stats.mode & 0o077) chmodSync(path, 0o700);
}

/** Throws `unsafe-file` unless `path` is a real file of ours that nobody else may read. */
export function assertPrivateFile(path: string): void {
  if (process.platform === 'win32') return;
  const stats = lstatSync(path);
  if (!stats.isFile() || stats.uid !== process.getuid?.())
    throw unsafe('file', path, 'is not a file of yours', lookAndRemove('ls -l', path));
  if (stats.mode & 0o077)
    throw unsafe('file', path, 'may be read by others', { command: `chmod 600 ${printable(path)}` });
}

function unsafe(what: 'directory' | 'file', path: string, fault: string, hint: Hint): DaypassError {
  return new DaypassError(`unsafe-${what}`, `${printable(path)} ${fault}`, { hint });
}

function lookAndRemove(list: string, path: string): Hint {
  return { advice: `look at it, then remove it: ${list} ${printable(path)}` };
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
  advice: 'make it writable for you, or set XDG_STATE_HOME to a folder that is',
  again: true,
};
const remedies: files.Remedies = {
  // Where no folder can be made at all, as in /proc.
  ENOENT: notWritable,
  EROFS: notWritable,
  EACCES: notWritable,
  EPERM: notWritable,
  ENAMETOOLONG: { advice: 'set XDG_STATE_HOME to a folder with a shorter path', again: true },
};
