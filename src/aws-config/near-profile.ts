import type { Place } from '../process/expand-path.ts';
import { readFileIfAny } from '../process/files.ts';
import { nearest } from '../terminal/nearest.ts';
import { printable } from '../terminal/printable.ts';
import { type AwsFile, awsCredentialsPath } from './config-file.ts';
import { profileHeader, profileOfSection } from './lines.ts';
import { type AwsConfigFile, decodeAwsCredentialsFile } from './parse.ts';

/**
 * Returns the lines that were probably meant to begin a missing profile, as faults:
 * `~/.aws/config:12: [dev] must be [profile dev]`.
 */
export function almostProfile(
  profile: string,
  { lines, shown }: AwsFile & AwsConfigFile,
  place: Place,
): string[] {
  const header = profileHeader(profile);
  const faults = lines.flatMap(({ number, text }) => {
    const [, lead = '', inner = '', end] = /^([\s#;]*)\[([^\]]*)(\])?/.exec(text) ?? [];
    if (!inner || !namesProfile(inner, profile)) return [];
    const found = `${shown}:${number}: ${printable(text.trim(), 150)}`;
    if (lead.trim()) return [`${found} is a comment`];
    const isOther = end && profileOfSection(inner.trim())?.toLowerCase() === profile.toLowerCase();
    const fault = isOther ? 'is another profile: profile names are case-sensitive' : `must be ${header}`;
    return [`${found} ${fault}`];
  });
  return [...faults, ...inCredentials(profile, shown, place)];
}

/** Returns whether the text between brackets is this name, apart from blanks, case and `profile`. */
function namesProfile(inner: string, profile: string): boolean {
  const name = profile.toLowerCase();
  const text = inner
    .toLowerCase()
    .replace(/["':=]/g, ' ')
    .trim();
  const [first = '', ...rest] = text.split(/\s+/);
  const joined = [first, ...rest].join('');
  if (joined === name || joined === `profile${name}`) return true;
  // `[sso-session dev]` is another section on purpose.
  return rest.join('') === name && nearest(first, ['profile']).length > 0;
}

/** Returns the fault of settings that are in the credentials file, which daypass does not read. */
function inCredentials(profile: string, config: string, place: Place): string[] {
  const { path, shown } = awsCredentialsPath(place);
  let bytes: Buffer | undefined;
  try {
    bytes = readFileIfAny(path);
  } catch {
    // Best effort: this only looks for a hint.
    return [];
  }
  const { profiles } = decodeAwsCredentialsFile(bytes);
  return [profile, `profile ${profile}`].flatMap((section) => {
    const ours = [...(profiles.get(section) ?? [])].find(([key]) => key.startsWith('daypass_'));
    if (!ours) return [];
    const [key, { line }] = ours;
    return [`${shown}:${line}: ${printable(key)} must be in ${profileHeader(profile)} of ${config}`];
  });
}
