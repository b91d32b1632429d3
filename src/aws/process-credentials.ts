import type { AwsCredentials } from '../aws-credentials.ts';
import { DaypassError } from '../errors.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';

// The AWS SDK for Go, and so rclone, reads at most 8,192 bytes.
const maxBytes = 8000;

/**
 * Returns the line that every AWS client accepts: integer Version, RFC 3339 with whole seconds and Z, AccountId as text.
 * Throws `output-too-large`. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function processCredentials(credentials: AwsCredentials, roleArn: string): string {
  const line = credentialsLine(credentials, roleArn);
  if (isTooLong(line)) {
    throw new DaypassError(
      'output-too-large',
      `the session token is too long for AWS clients (${line.length} bytes in all)`,
      {
        hint: 'reduce the session tags at the provider, or the policies in daypass_policy_arns',
      },
    );
  }
  return line;
}

/** Returns the same line without a check of its length. */
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

/** Returns whether a line is too long for AWS clients. It is ASCII, so a character is a byte. */
export function isTooLong(line: string): boolean {
  return line.length > maxBytes;
}
