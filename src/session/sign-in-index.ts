import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemCode } from '../errors.ts';
import { removeFile } from '../process/files.ts';
import type { Settings } from '../settings/settings.ts';
import { assertPrivateFolder, ioError, replaceFile } from '../state/directory.ts';
import { readJsonIfAny } from '../state/own-file.ts';
import { isSignInKey, type SignInIdentity, signInIdentity, signInKey } from './keys.ts';

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

/** Returns the entry of a folder, or undefined if it has none of its own. Throws `unsafe-directory`. */
export function readIndexEntry(signInFolder: string): IndexEntry | undefined {
  const entry = readJsonIfAny(join(signInFolder, fileName)) as IndexEntry | undefined;
  const isValid = entry?.version === 1 && Array.isArray(entry.profiles);
  return isValid && signInKey(entry.identity) === basename(signInFolder) ? entry : undefined;
}

/**
 * Returns the folder of every sign-in, also of one that is still open and not in the index. Throws `io` and
 * `unsafe-directory`.
 */
export function signInFolders(stateDirectory: string): string[] {
  assertPrivateFolder(stateDirectory);
  try {
    const names = readdirSync(stateDirectory).filter(isSignInKey);
    return names.map((name) => join(stateDirectory, name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw ioError('read', stateDirectory, error);
  }
}

/** Removes a sign-in from the index. */
export function removeIndexEntry(signInFolder: string): void {
  removeFile(join(signInFolder, fileName));
}

const fileName = 'sign-in.json';
