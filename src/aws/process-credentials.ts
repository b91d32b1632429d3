import type { AwsCredentials } from '../aws-credentials.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';

/** The Go SDK (and with it rclone) reads no more than 8,192 bytes. */
export const maxLine = 8000;

/**
 * The one line that AWS clients read, as all of them accept it: integer Version, RFC 3339 seconds with Z, AccountId as text. Of ASCII, as
 * all of it was checked to be, a character is a byte; some clients read no more than `maxLine`.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export function processCredentials(credentials: AwsCredentials, roleArn: string): string {
  return `${JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration,
    AccountId: parseRoleArn(roleArn)?.account,
  })}\n`;
}
