import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { systemCode } from '../errors.ts';
import { readFileIfAny, removeTree } from '../process/files.ts';
import { ensurePrivateFolder, ioError, replaceFile } from './directory.ts';
import { acquireLock, connectToHolder } from './lock.ts';

const folderName = 'exec';
const lockName = 'command';
const fileName = 'config';

/** A config file of one command. */
export interface PrivateConfig {
  path: string;
  /** Deletes the file. Returns whether it still had its content. */
  remove(): Promise<boolean>;
}

/** Writes a config file that only this user can read, and that no client can change. Throws `io`, `unsafe-directory`. */
export async function writePrivateConfig(state: string, content: Buffer): Promise<PrivateConfig> {
  const folder = ensurePrivateFolder(state, join(folderName, randomBytes(8).toString('hex')));
  // The kernel frees it if daypass is killed, and the next command then removes the folder.
  const lock = await acquireLock(folder, lockName);
  const path = join(folder, fileName);
  // Read-only, so that `aws configure set` fails instead of losing its change.
  replaceFile(path, content, 0o400);
  return {
    path,
    async remove() {
      const isUnchanged = hasContent(path, content);
      await lock?.release();
      removeIfPossible(folder);
      return isUnchanged;
    },
  };
}

/** Removes the config files of commands whose daypass was killed. Throws `io`. */
export async function removeStaleConfigs(state: string): Promise<void> {
  for (const entry of entriesOf(join(state, folderName))) {
    const folder = join(state, folderName, entry);
    // Without any content it is one that another daypass is making, perhaps before it has the lock. The content is
    // first in a file with a longer name, which stays if daypass is killed before the rename.
    if (!entriesOf(folder).some((name) => name.startsWith(fileName))) continue;
    const holder = await connectToHolder(folder, lockName);
    holder?.destroy();
    if (!holder) removeIfPossible(folder);
  }
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    // Another program may put a file here, such as .DS_Store.
    if (/^ENO(ENT|TDIR)$/.test(systemCode(error) ?? '')) return [];
    throw ioError('list', path, error);
  }
}

/** A command may put anything in place of its copy, and still ends with its own exit code. */
function hasContent(path: string, content: Buffer): boolean {
  try {
    return readFileIfAny(path)?.equals(content) ?? false;
  } catch {
    return false;
  }
}

/** Returns whether a path is that of such a file. */
export function isPrivateConfig(path: string, state: string): boolean {
  return path.startsWith(join(state, folderName) + sep);
}

/** Best effort: the next command removes what stays. */
function removeIfPossible(folder: string): void {
  try {
    removeTree(folder);
  } catch {}
}
