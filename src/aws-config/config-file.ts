import { readFileIfAny } from '../process/files.ts';
import { type AwsFile, awsConfigPath, type Place } from './file-location.ts';
import { type Line, linesOf } from './lines.ts';
import { profileOfSection } from './profile-name.ts';

/** One `key = value` of a profile and the number of its line, counted from 1. */
export interface ConfigEntry {
  value: string;
  line: number;
}

/** A fault that other AWS clients reject as well; one without a profile concerns the whole file. */
export interface ConfigFault {
  profile?: string | undefined;
  /** Counted from 1. */
  line: number;
  text: string;
}

export interface AwsConfigFile {
  lines: readonly Line[];
  profiles: Map<string, Map<string, ConfigEntry>>;
  faults: ConfigFault[];
}

/** Reads the AWS config file; a missing file is empty. Throws `io`. */
export function readAwsConfigFile(place: Place): AwsFile & AwsConfigFile {
  const file = awsConfigPath(place);
  return { ...file, ...parseAwsConfigFile(readFileIfAny(file.path)?.toString() ?? '') };
}

/**
 * Collects the profiles of an AWS config file and its faults. A continuation line belongs to no setting of
 * daypass. `profileOf` returns the profile of a section.
 */
export function parseAwsConfigFile(text: string, profileOf = profileOfSection): AwsConfigFile {
  const lines = linesOf(text);
  const profiles: AwsConfigFile['profiles'] = new Map();
  const faults: AwsConfigFile['faults'] = [];
  if (text.startsWith('\uFEFF'))
    faults.push({ line: 1, text: 'a byte order mark, which AWS clients refuse' });

  let profile: string | undefined;
  let entries: Map<string, ConfigEntry> = new Map();
  for (const line of lines) {
    const fault = (text: string) => faults.push({ profile, line: line.number, text });
    if (line.kind === 'section') {
      profile = profileOf(line.name);
      if (profile === undefined) continue;
      const earlier = profiles.get(profile);
      if (earlier) fault(`a second [${line.name}]`);
      entries = earlier ?? new Map();
      profiles.set(profile, entries);
    }
    if (profile === undefined) continue;
    if (line.kind === 'other') fault('not a "key = value"');
    if (line.kind === 'continuation') {
      // For other clients it is a part of the value, so the line above is only half a setting.
      const key = line.above.key.toLowerCase();
      if (/^(daypass_|region$)/.test(key)) fault(`belongs to ${key} above, whose value must be on one line`);
    }
    if (line.kind === 'key') {
      const key = line.key.toLowerCase();
      if (entries.has(key)) fault(`a second ${key}`);
      entries.set(key, { value: line.value, line: line.number });
    }
  }
  return { lines, profiles, faults };
}

/** Parses the AWS credentials file, in which each section is a profile of the same name. */
export function parseAwsCredentialsFile(text: string): AwsConfigFile {
  return parseAwsConfigFile(text, (section) => section);
}
