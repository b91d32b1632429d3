import { printable } from '../terminal/printable.ts';

/** A file that AWS clients read: its path, and the path as messages show it. */
export interface AwsFile {
  path: string;
  shown: string;
}

/** The two things that decide where the files of a person are. */
export interface Place {
  env: NodeJS.ProcessEnv;
  home: string;
}

/**
 * Returns where the AWS config file is. https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
 */
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
