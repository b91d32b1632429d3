/** What STS answered, checked. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** As STS's clock has it and as it is printed: RFC 3339, whole seconds, UTC. */
  expiration: string;
}

/** The gate for credentials from STS and from the store alike, before they are kept or printed. */
export function isAwsCredentials(value: unknown): value is AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof accessKeyId === 'string' &&
    /^[A-Z0-9]{16,128}$/.test(accessKeyId) &&
    isCredentialText(secretAccessKey) &&
    isCredentialText(sessionToken) &&
    typeof expiration === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(expiration)
  );
}

/** Printable ASCII that JSON carries unescaped: some AWS clients read `\"` wrongly. */
function isCredentialText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{16,}$/.test(value);
}
