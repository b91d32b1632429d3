import { readFileSync } from 'node:fs';
import { DaypassError, systemCode } from '../errors.ts';
import { printable } from '../terminal/printable.ts';

/** A file that AWS clients read: where it is, and how a person would write that. */
export interface AwsFile {
  path: string;
  shown: string;
}

type Place = { env: NodeJS.ProcessEnv; home: string };

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function awsConfigPath({ env, home }: Place): AwsFile {
  return awsFile(env.AWS_CONFIG_FILE || `${home}/.aws/config`, home);
}

/** The file of keys that AWS clients lay over the config file: what both say, this one decides. */
export function awsCredentialsPath({ env, home }: Place): AwsFile {
  return awsFile(env.AWS_SHARED_CREDENTIALS_FILE || `${home}/.aws/credentials`, home);
}

function awsFile(path: string, home: string): AwsFile {
  // Windows takes either slash; elsewhere a backslash is a letter like any other.
  const slash = process.platform === 'win32' ? /^[/\\]/ : /^\//;
  const below = path.startsWith(home) ? path.slice(home.length) : '';
  return { path, shown: slash.test(below) ? `~${printable(below)}` : printable(path) };
}

/** Undefined where there is no such file. Throws `io`. */
export function readText(path: string, what: string): string | undefined {
  return read(path, what, () => readFileSync(path, 'utf8'));
}

/** The same, for whoever looks at the encoding too. */
export function readBytes(path: string, what: string): Buffer | undefined {
  return read(path, what, () => readFileSync(path));
}

function read<Content>(path: string, what: string, action: () => Content): Content | undefined {
  try {
    return action();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    const reason = systemCode(error) ?? 'unknown error';
    throw new DaypassError('io', `cannot read ${what} ${printable(path)}: ${reason}`, {
      hint: `it must be a file that you may read; look at it: ls -l ${printable(path)}`,
      cause: error,
    });
  }
}
