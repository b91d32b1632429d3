import type { AwsCredentials } from '../aws-credentials.ts';
import { DaypassError } from '../errors.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';

// The Go SDK (and with it rclone) reads no more than 8,192 bytes.
const maxBytes = 8000;

/**
 * The one line that AWS clients read, as all of them accept it: integer Version, RFC 3339 seconds with Z, AccountId as text.
 * Throws `output-too-large`. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function processCredentials(credentials: AwsCredentials, roleArn: string): string {
  const line = credentialsLine(credentials, roleArn);
  if (isTooLong(line)) {
    throw new DaypassError(
      'output-too-large',
      `the session token is too long for AWS clients (${line.length} bytes in all)`,
      {
        hint: 'the token carries too many session tags or policies: reduce them at the provider or in daypass_policy_arns',
      },
    );
  }
  return line;
}

/** The same line, whatever its length. */
export function credentialsLine(credentials: AwsCredentials, roleArn: string): string {
  return `${JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration,
    AccountId: parseRoleArn(roleArn)?.account,
  })}\n`;
}

/** Of ASCII, as all of it was checked to be, a character is a byte. */
export function isTooLong(line: string): boolean {
  return line.length > maxBytes;
}
