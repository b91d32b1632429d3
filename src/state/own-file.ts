import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { DaypassError, systemCode } from '../errors.ts';
import { whileInUse } from '../process/in-use.ts';
import { pathWord } from '../terminal/advice.ts';
import { assertPrivateFolder, ioError, isOursAlone } from './directory.ts';
import { checkAndRemove, ofOther, unsafe } from './unsafe.ts';

/** Bytes. Many failed roles take 1 MiB; a file that something else made must not fill the memory. */
const longest = 16 << 20;

/** No link, and no wait for the writer of a pipe. Windows has neither flag. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Returns the text of a file in a folder of the state directory, or undefined if there is none. Throws `io`;
 * `unsafe-directory` and `unsafe-file` unless this user alone can have written and read it.
 */
export function readOwnFileIfAny(path: string): string | undefined {
  assertPrivateFolder(dirname(path));
  let file: number;
  try {
    file = whileInUse(() => openSync(path, flags));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    throw code === 'ELOOP' ? notOwnFile(path) : ioError('read', path, error);
  }
  try {
    // The open file, and not its name, which may be another file by now.
    assertOwnFile(path, fstatSync(file));
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof DaypassError ? error : ioError('read', path, error);
  } finally {
    closeSync(file);
  }
}

function assertOwnFile(path: string, stats: Stats): void {
  if (stats.size > longest)
    throw unsafe('file', path, 'is longer than 16 MiB', checkAndRemove('ls -l', path));
  if (process.platform === 'win32') return;
  if (!stats.isFile()) throw notOwnFile(path);
  if (stats.uid !== process.getuid?.()) throw unsafe('file', path, ...ofOther(path, stats));
  if (!isOursAlone(stats))
    throw unsafe('file', path, 'is readable by other users', { command: `chmod 600 ${pathWord(path)}` });
}

function notOwnFile(path: string): DaypassError {
  return unsafe('file', path, 'is not a file', checkAndRemove('ls -l', path));
}

/**
 * Returns the content of a JSON file in a folder of the state directory; undefined if there is none that this
 * user wrote. Throws `unsafe-directory` if another user could have put it there.
 */
export function readJsonIfAny(path: string): unknown {
  try {
    return JSON.parse(readOwnFileIfAny(path) ?? '');
  } catch (error) {
    if (error instanceof DaypassError && error.code === 'unsafe-directory') throw error;
    return undefined;
  }
}
