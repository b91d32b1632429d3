import { isUtf8 } from 'node:buffer';
import { existsSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DaypassError, systemCode } from '../errors.ts';
import { fileError, makeFolders, readFileIfAny, replaceFile } from '../process/files.ts';
import { otherOwner } from '../process/home-owner.ts';
import { notAFile } from '../process/read-file.ts';
import { removal } from '../terminal/advice.ts';
import { printable } from '../terminal/printable.ts';
import { editProfile, type Keys, refuseFaults } from './edit.ts';
import { encodingFaults } from './encoding.ts';
import { assertWritable } from './writable-value.ts';

/** Another `configure` or an editor may write the file at the same time: the later one starts again. */
const mostTries = 5;

/**
 * Sets keys of one profile of an AWS config file in one step, as `rewriteConfig` does. Throws `io`, and
 * `bad-configuration` for keys and files that AWS clients could read differently.
 */
export function writeProfile(path: string, profile: string, keys: Keys, home?: string): boolean {
  assertWritable(profile, keys);
  const shown = printable(path);
  return rewriteConfig(path, (text) => editProfile(text, profile, keys, shown), home);
}

/**
 * Replaces the text of an AWS config file in one step with what `edit` returns for it. Every byte that `edit` leaves
 * alone, mode, owner and links stay. `edit` runs again if another program changes the file meanwhile. Returns false if
 * nothing changed. Throws `io`, `bad-configuration` for bytes that AWS clients could read differently, and the errors
 * of `edit`. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * New folders and a new file belong to the owner of `home`, if root writes in a container.
 */
export function rewriteConfig(
  path: string,
  edit: (text: string, bytes: Buffer) => string,
  home?: string,
): boolean {
  const shown = printable(path);
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const target = endOfLinks(path);
    const before = readFileIfAny(target);
    const bytes = before ?? Buffer.alloc(0);
    refuseFaults(encodingFaults(bytes), new Set(), shown);
    // Latin-1 keeps every byte of a file that is not UTF-8. The parser refuses a byte order mark.
    const encoding = isUtf8(bytes) || bytes.indexOf('\uFEFF') === 0 ? 'utf8' : 'latin1';
    const text = bytes.toString(encoding);
    const edited = edit(text, bytes);
    if (edited === text) return false;
    if (replaceUnchanged(target, before, Buffer.from(edited, encoding), home)) return true;
  }
  throw new DaypassError('io', `another program keeps changing ${shown}`, {
    hint: { advice: 'close the program that edits it', again: true },
  });
}

/** Replaces a file with its mode and owner. Returns false if its content is no longer `before`. */
function replaceUnchanged(path: string, before: Buffer | undefined, content: Buffer, home?: string): boolean {
  const folder = dirname(path);
  const person = home && resolve(path).startsWith(`${resolve(home)}/`) ? otherOwner(home) : undefined;
  try {
    makeFolders(folder, person);
  } catch (error) {
    throw fileError('make', folder, error);
  }
  const old = before && statSync(path, { throwIfNoEntry: false });
  // Readers take the null device for an empty file, but the replacement would destroy it.
  if (old && !old.isFile()) throw fileError('write', path, notAFile(old));
  const isWanted = () => isDeepStrictEqual(readFileIfAny(path), before);
  const mode = old ? old.mode & 0o777 : 0o600;
  return replaceFile(path, content, { mode, owner: old ?? person, isWanted });
}

/** Returns the path at the end of all links, whether or not the file exists. Throws `io`. */
function endOfLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fileError('find', path, error);
  }
  let link: string;
  try {
    link = readlinkSync(path);
  } catch {
    return path;
  }
  // A link into a dotfiles repository that has no such file yet: the link stays, and its target is created.
  const target = resolve(realpathSync(dirname(path)), link);
  if (!existsSync(dirname(target))) {
    const [from, to] = [printable(path), printable(target)];
    throw new DaypassError('io', `${from} is a link to ${to}, whose folder does not exist`, {
      hint: { advice: `create that folder, or remove the link: ${removal(path)}`, again: true },
    });
  }
  return endOfLinks(target);
}
