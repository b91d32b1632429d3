import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
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

/** Returns the index entry, or undefined if there is none or it is invalid. Throws `unsafe-directory`. */
export function readIndexEntry(signInFolder: string): IndexEntry | undefined {
  const entry = readJsonIfAny(join(signInFolder, fileName)) as IndexEntry | undefined;
  return entry?.version === 1 && Array.isArray(entry.profiles) ? entry : undefined;
}

/** Returns all sign-ins of the index by folder. Throws `io` and `unsafe-directory`. */
export function knownSignIns(stateDirectory: string): Map<string, IndexEntry> {
  assertPrivateFolder(stateDirectory);
  let names: string[];
  try {
    names = readdirSync(stateDirectory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Map();
    throw ioError('read', stateDirectory, error);
  }
  const known = new Map<string, IndexEntry>();
  // A person may have put other files there.
  for (const name of names.filter(isSignInKey)) {
    const entry = readIndexEntry(join(stateDirectory, name));
    if (entry && signInKey(entry.identity) === name) known.set(join(stateDirectory, name), entry);
  }
  return known;
}

/** Removes a sign-in from the index. */
export function removeIndexEntry(signInFolder: string): void {
  rmSync(join(signInFolder, fileName), { force: true });
}

const fileName = 'sign-in.json';
