/** What STS answered, checked. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** Milliseconds since 1970, as STS's clock has it; printed unchanged. */
  expiration: number;
}

/** The gate for credentials from STS and from the store alike, before they are kept or printed. */
export function isAwsCredentials(value: unknown): value is AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof accessKeyId === 'string' &&
    /^[A-Z0-9]{16,128}$/.test(accessKeyId) &&
    isCredentialText(secretAccessKey) &&
    isCredentialText(sessionToken) &&
    Number.isFinite(expiration)
  );
}

/** Printable ASCII that JSON carries unescaped: some AWS clients read `\"` wrongly. */
function isCredentialText(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{16,}$/.test(value);
}
