/** Validated credentials from STS. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** By STS's clock, in the printed form: RFC 3339, whole seconds, UTC. */
  expiration: string;
}

/**
 * Returns whether a value from STS or the store may be stored and printed as credentials. By AWS's API reference an access key id is
 * `[\w]*` of 16 to 128 characters, in either case (https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html).
 */
export function isAwsCredentials(value: unknown): value is AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof accessKeyId === 'string' &&
    /^\w{16,128}$/.test(accessKeyId) &&
    isCredentialText(secretAccessKey) &&
    isCredentialText(sessionToken) &&
    typeof expiration === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(expiration)
  );
}

/** Returns whether JSON needs no escapes for it: printable ASCII without blanks, quotes and backslashes. Some AWS clients misread `\"`. */
function isCredentialText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value);
}
