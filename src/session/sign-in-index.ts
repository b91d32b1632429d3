import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../settings/settings.ts';
import { readFileIfAny, replaceFile } from './state-directory.ts';

/** What the state directory says of a sign-in: names, nothing secret. It lets `status` and `logout` find what was saved. */
export interface IndexEntry {
  version: 1;
  issuer: string;
  clientId: string;
  store: Settings['store'];
  /** Profiles that have used the sign-in. */
  profiles: string[];
}

/** Written before the first record is, so that nothing in the keychain is ever unknown here. Throws `io`. */
export function indexSignIn(signInFolder: string, { issuer, clientId, store, profile }: Settings): void {
  const known = readIndexEntry(signInFolder)?.profiles ?? [];
  if (known.includes(profile)) return;
  const entry: IndexEntry = { version: 1, issuer, clientId, store, profiles: [...known, profile] };
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

export function removeIndexEntry(signInFolder: string): void {
  rmSync(join(signInFolder, fileName), { force: true });
}

const fileName = 'sign-in.json';
