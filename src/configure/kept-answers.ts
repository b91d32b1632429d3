import { join } from 'node:path';
import { isProfileName } from '../aws-config/lines.ts';
import type { Place } from '../process/expand-path.ts';
import { removeFile } from '../process/files.ts';
import type { SettingName } from '../settings/setting-table.ts';
import { ensurePrivateFolder, replaceFile, stateDirectory } from '../state/directory.ts';
import { readJsonIfAny } from '../state/own-file.ts';

// ^C keeps the answers so far for the next start. A client secret is never among them.

const keptSettings = ['issuer', 'clientId', 'roleArn', 'region'] as const satisfies readonly SettingName[];

/** What a person has answered. */
export interface Answers {
  profile?: string;
  /** The name of a known provider; empty for another one. */
  provider?: string;
  values: Map<SettingName, string>;
}

/** Stores the answers for the next start. Returns false if there are none. Throws `io` and `unsafe-…`. */
export function keepAnswers({ profile, provider, values }: Answers, place: Place): boolean {
  const kept = keptSettings.flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (profile === undefined && provider === undefined && kept.length === 0) return false;
  const content = JSON.stringify({ profile, provider, values: Object.fromEntries(kept) });
  ensurePrivateFolder(stateDirectory(place.env, place.home), 'configure');
  replaceFile(path(place), content);
  return true;
}

/** Returns the answers of a start that ^C ended, checked by `isUsable`. Best effort: in doubt, none. */
export function readAnswers(place: Place, isUsable: (name: SettingName, value: string) => boolean): Answers {
  const values = new Map<SettingName, string>();
  try {
    const found = Object(readJsonIfAny(path(place)));
    const text = (value: unknown) => (typeof value === 'string' && value.length < 2100 ? value : undefined);
    for (const name of keptSettings) {
      const value = text(Object(found.values)[name]);
      if (value !== undefined && isUsable(name, value)) values.set(name, value);
    }
    const [profile, provider] = [text(found.profile), text(found.provider)];
    return {
      ...(profile !== undefined && isProfileName(profile) ? { profile } : {}),
      ...(provider !== undefined ? { provider } : {}),
      values,
    };
  } catch {
    return { values };
  }
}

/** Deletes them once a profile is written. Best effort. */
export function forgetAnswers(place: Place): void {
  try {
    removeFile(path(place));
  } catch {
    // Another user owns the folder. The answers hold no secret, and they are only offered.
  }
}

function path({ env, home }: Place): string {
  return join(stateDirectory(env, home), 'configure', 'answers.json');
}
