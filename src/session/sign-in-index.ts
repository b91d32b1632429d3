import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemCode } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { ioError, readFileIfAny, replaceFile } from '../state/directory.ts';
import { type SignInIdentity, signInIdentity, signInKey } from './keys.ts';

/** The index entry of a sign-in, with no secret. `status` and `logout` find the sign-in by it. */
export interface IndexEntry {
  version: 1;
  identity: SignInIdentity;
  /** The profiles that have used the sign-in. */
  profiles: string[];
}

/** Adds the profile to the index before a record is saved, so that no record is unknown. Throws `io`. */
export function indexSignIn(signInFolder: string, settings: Settings): void {
  const known = readIndexEntry(signInFolder)?.profiles ?? [];
  if (known.includes(settings.profile)) return;
  const profiles = [...known, settings.profile];
  const entry: IndexEntry = { version: 1, identity: signInIdentity(settings), profiles };
  replaceFile(join(signInFolder, fileName), JSON.stringify(entry));
}

/** Returns the index entry, or undefined if there is none or it is not of this folder. */
export function readIndexEntry(signInFolder: string): IndexEntry | undefined {
  try {
    const entry: IndexEntry = JSON.parse(readFileIfAny(join(signInFolder, fileName)) ?? '');
    const isValid = entry?.version === 1 && Array.isArray(entry.profiles);
    return isValid && signInKey(entry.identity) === basename(signInFolder) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the folder of every sign-in, also of one that is still open and not in the index. Throws `io`. */
export function signInFolders(stateDirectory: string): string[] {
  try {
    const names = readdirSync(stateDirectory).filter((name) => /^[0-9a-f]{32}$/.test(name));
    return names.map((name) => join(stateDirectory, name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw ioError('read', stateDirectory, error);
  }
}

/** Removes a sign-in from the index. */
export function removeIndexEntry(signInFolder: string): void {
  rmSync(join(signInFolder, fileName), { force: true });
}

const fileName = 'sign-in.json';
