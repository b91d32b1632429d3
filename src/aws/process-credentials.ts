import { DaypassError } from '../errors.ts';

/** Validated credentials from STS. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** By STS's clock, in the printed form: RFC 3339, whole seconds, UTC. */
  expiration: string;
}

// The AWS SDK for Go, and so rclone, reads at most 8,192 bytes.
const maxBytes = 8000;

/**
 * Returns the line that every AWS client accepts: integer Version, RFC 3339 with whole seconds and Z,
 * AccountId as text. Throws `output-too-large`.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function processCredentials(credentials: AwsCredentials, roleArn: string): string {
  const line = credentialsLine(credentials, roleArn);
  if (!isTooLong(line)) return line;
  const fault = `the session token is too long for AWS clients (${line.length} bytes in all)`;
  const hint =
    'reduce the session tags at the provider, or the policies in daypass_policy_arns and daypass_policy';
  throw new DaypassError('output-too-large', fault, { hint });
}

/** Returns the same line without a check of its length. The settings have validated the ARN of the role. */
export function credentialsLine(credentials: AwsCredentials, roleArn: string): string {
  return `${JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration,
    AccountId: roleArn.split(':')[4],
  })}\n`;
}

/** Returns whether a line is too long for AWS clients. It is ASCII, so a character is a byte. */
export function isTooLong(line: string): boolean {
  return line.length > maxBytes;
}

/**
 * Returns whether a value from STS or the store may be stored and printed as credentials. An access key id is
 * `[\w]*` of 16 to 128 characters, in either case:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
 */
export function isAwsCredentials(value: unknown): value is AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (value ?? {}) as Record<string, unknown>;
  return (
    isText(accessKeyId, /^\w{16,128}$/) &&
    isText(secretAccessKey, plain) &&
    isText(sessionToken, plain) &&
    isText(expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  );
}

/** Printable ASCII that JSON need not escape, without blanks. Some AWS clients misread `\"`. */
const plain = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

function isText(value: unknown, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value);
}
