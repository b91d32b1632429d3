import { readFileIfAny } from '../process/files.ts';
import { printable } from '../terminal/printable.ts';
import { isProfileName, type Line, linesOf, profileOfSection } from './lines.ts';

/** The two things that decide where the files of a person are. */
export interface Place {
  env: NodeJS.ProcessEnv;
  home: string;
}

/** A file that AWS clients read: its path, and the path as messages show it. */
export interface AwsFile {
  path: string;
  shown: string;
}

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

/** The entries of each profile by their keys, in the order of the file. */
export type Profiles = Map<string, Map<string, ConfigEntry>>;

export interface AwsConfigFile {
  lines: readonly Line[];
  profiles: Profiles;
  faults: ConfigFault[];
}

/** Reads the AWS config file; a missing file is empty. Throws `io`. */
export function readAwsConfigFile(place: Place): AwsFile & AwsConfigFile {
  const file = awsConfigPath(place);
  return { ...file, ...parseAwsConfigFile(readFileIfAny(file.path)?.toString() ?? '') };
}

/** Locates the AWS config file. https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function awsConfigPath({ env, home }: Place): AwsFile {
  return awsFile(env.AWS_CONFIG_FILE || `${home}/.aws/config`, home);
}

/** Returns where the AWS credentials file is; its keys take precedence over those of the config file. */
export function awsCredentialsPath({ env, home }: Place): AwsFile {
  return awsFile(env.AWS_SHARED_CREDENTIALS_FILE || `${home}/.aws/credentials`, home);
}

function awsFile(path: string, home: string): AwsFile {
  // Windows accepts both slashes; elsewhere a backslash is an ordinary character.
  const slash = process.platform === 'win32' ? /^[/\\]/ : /^\//;
  const below = path.startsWith(home) ? path.slice(home.length) : '';
  return { path, shown: slash.test(below) ? `~${printable(below)}` : printable(path) };
}

/** Collects the profiles and faults of an AWS config file; `profileOf` returns the profile of a section. */
export function parseAwsConfigFile(text: string, profileOf = profileOfSection): AwsConfigFile {
  const lines = linesOf(text);
  const profiles: Profiles = new Map();
  const faults: ConfigFault[] = [];
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

/**
 * Returns the profiles with a `daypass_role_arn` or a `credential_process` that runs daypass. Leaves out mere
 * sources of others, and names that daypass refuses, as a shell could run them as a command. Throws `io`.
 */
export function daypassProfiles({ config, ...place }: Place & { config?: AwsConfigFile }): string[] {
  const { profiles } = config ?? readAwsConfigFile(place);
  return [...profiles.keys()].filter((name) => {
    const valueAt = (key: string) => profiles.get(name)?.get(key)?.value ?? '';
    return isProfileName(name) && (valueAt('daypass_role_arn') || runsDaypass(valueAt('credential_process')));
  });
}

/** Returns whether a `credential_process` runs daypass, whatever starts it: `node /opt/daypass.cjs …`. */
export function runsDaypass(line: string): boolean {
  return /(^|[\s/\\"'])daypass(\.\w+)?(["']|\s|$)/.test(line);
}
