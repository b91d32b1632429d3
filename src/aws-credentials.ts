/** What STS answered, checked. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** As STS's clock has it and as it is printed: RFC 3339, whole seconds, UTC. */
  expiration: string;
}

/**
 * Checks credentials from STS and from the store, before they are kept or printed. It allows what AWS's API reference allows: an
 * access key id is `[\w]*` of 16 to 128 characters, in either case (https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html).
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

/** Printable ASCII without blanks, quotes and backslashes: JSON carries it unescaped, and some AWS clients misread `\"`. */
function isCredentialText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value);
}
