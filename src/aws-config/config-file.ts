import { expandPath, type Place } from '../process/expand-path.ts';
import { readFileIfAny } from '../process/files.ts';
import { printable } from '../terminal/printable.ts';
import { isProfileName } from './lines.ts';
import { type AwsConfigFile, decodeAwsConfigFile } from './parse.ts';

/** A file that AWS clients read: its path, and the path as messages show it. */
export interface AwsFile {
  path: string;
  shown: string;
}

/** A file as it was read once. */
export interface ReadConfigFile extends AwsFile, AwsConfigFile {
  bytes: Buffer;
}

/** Reads the AWS config file; a missing file is empty. Throws `io`. */
export function readAwsConfigFile(place: Place): ReadConfigFile {
  const file = awsConfigPath(place);
  const bytes = readFileIfAny(file.path) ?? Buffer.alloc(0);
  return { ...file, bytes, ...decodeAwsConfigFile(bytes) };
}

/** Locates the AWS config file. https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function awsConfigPath(place: Place): AwsFile {
  return awsFile(place.env.AWS_CONFIG_FILE, 'config', place);
}

/** Returns where the AWS credentials file is; its keys take precedence over those of the config file. */
export function awsCredentialsPath(place: Place): AwsFile {
  return awsFile(place.env.AWS_SHARED_CREDENTIALS_FILE, 'credentials', place);
}

function awsFile(given: string | undefined, name: string, place: Place): AwsFile {
  const { home } = place;
  const path = given ? expandPath(given, place) : `${home}/.aws/${name}`;
  const own = process.platform === 'win32' ? path.replaceAll('/', '\\') : path;
  return { path: own, shown: shownPath(own, home) };
}

/** Returns a path as messages show it. cmd and most programs of Windows do not expand `~`. */
export function shownPath(path: string, home: string): string {
  const below = process.platform !== 'win32' && path.startsWith(home) ? path.slice(home.length) : '';
  return below.startsWith('/') ? `~${printable(below)}` : printable(path);
}

/**
 * Returns the profiles with a `daypass_role_arn` or a `credential_process` that runs daypass. Leaves out mere
 * sources of others, and names that daypass refuses, as a shell could run them as a command.
 */
export function daypassProfiles({ profiles }: Pick<AwsConfigFile, 'profiles'>): string[] {
  return [...profiles.keys()].filter((name) => {
    const valueAt = (key: string) => profiles.get(name)?.get(key)?.value ?? '';
    return isProfileName(name) && (valueAt('daypass_role_arn') || runsDaypass(valueAt('credential_process')));
  });
}

/** Returns whether a `credential_process` runs daypass, whatever starts it: `node /opt/daypass.cjs …`. */
export function runsDaypass(line: string): boolean {
  return /(^|[\s/\\"'])daypass(\.\w+)?(["']|\s|$)/.test(line);
}
