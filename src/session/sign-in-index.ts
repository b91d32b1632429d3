import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { ioError, readFileIfAny, replaceFile } from '../state/directory.ts';
import { type SignInIdentity, signInIdentity, signInKey } from './keys.ts';

/**
 * What the state directory says of a sign-in: names, nothing secret. It lets `status` and `logout` find what
 * was saved.
 */
export interface IndexEntry {
  version: 1;
  identity: SignInIdentity;
  /** Profiles that have used the sign-in. */
  profiles: string[];
}

/** Written before the first record is, so that nothing in the keychain is ever unknown here. Throws `io`. */
export function indexSignIn(signInFolder: string, settings: Settings): void {
  const known = readIndexEntry(signInFolder)?.profiles ?? [];
  if (known.includes(settings.profile)) return;
  const entry: IndexEntry = {
    version: 1,
    identity: signInIdentity(settings),
    profiles: [...known, settings.profile],
  };
  replaceFile(join(signInFolder, fileName), JSON.stringify(entry));
}

/** Undefined where nothing was ever saved, or the file is not ours. */
export function readIndexEntry(signInFolder: string): IndexEntry | undefined {
  try {
    const entry: IndexEntry = JSON.parse(readFileIfAny(join(signInFolder, fileName)) ?? '');
    return entry?.version === 1 && Array.isArray(entry.profiles) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Every sign-in that was ever saved here and not signed out, by its folder. Throws `io`. */
export function knownSignIns(stateDirectory: string): Map<string, IndexEntry> {
  let names: string[];
  try {
    names = readdirSync(stateDirectory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return new Map();
    throw ioError('read', stateDirectory, error);
  }
  const known = new Map<string, IndexEntry>();
  for (const name of names) {
    const entry = readIndexEntry(join(stateDirectory, name));
    if (entry && signInKey(entry.identity) === name) known.set(join(stateDirectory, name), entry);
  }
  return known;
}

export function removeIndexEntry(signInFolder: string): void {
  rmSync(join(signInFolder, fileName), { force: true });
}

const fileName = 'sign-in.json';
