import { type AwsCredentials, isAwsCredentials } from '../aws-credentials.ts';
import type { Settings, SignInSettings } from '../settings/settings.ts';
import { signInIdentity } from './keys.ts';

/**
 * The AWS credentials of one role, with what is needed to trust and to renew them; times are milliseconds.
 */
export interface CredentialsRecord {
  version: 1;
  issuer: string;
  roleArn: string;
  credentials: AwsCredentials;
  /** This machine's clock when STS answered. */
  issuedAt: number;
  /** Milliseconds that the credentials live, by STS's clock alone. */
  lifetime: number;
  /** The OIDC subject that they were made for. */
  sub: string;
  /** Seconds that STS granted, where the role allowed less than the settings ask. */
  grantedDuration?: number;
  /**
   * Until when (this machine's clock) a renewal needs no person; absent where a refresh token makes it
   * open-ended.
   */
  silentUntil?: number;
}

/** One person's sign-in at one provider, shared by all roles used through it. */
export interface SignInRecord {
  version: 1;
  /** The settings that it belongs to, as `signInIdentity` gives them. */
  identity: readonly unknown[];
  iss: string;
  sub: string;
  aud: string | string[];
  authTime?: number;
  /** Of the sign-in; a refreshed ID token that has one must have the same (OIDC Core 12.2). */
  nonce?: string;
  /** How the person is called on pages and in `status`. */
  name: string;
  refreshToken?: string;
  /** The provider answers a refresh without an ID token, so refreshing leads nowhere. */
  refreshIsUseless?: true;
  /** Sent to STS while valid. */
  idToken?: string;
  /** This machine's clock. */
  idTokenExpires?: number;
  idTokenIssued?: number;
  /** Counts the refresh tokens seen. */
  generation: number;
  /** Account names of the credentials records made from it; `logout` deletes them. */
  credentials: string[];
}

/** Reads a stored record; anything odd, foreign or of another version is a miss. */
export function parseCredentialsRecord(
  text: string | undefined,
  settings: Pick<Settings, 'issuer' | 'roleArn'>,
): CredentialsRecord | undefined {
  const record = parseObject<CredentialsRecord>(text);
  if (
    record?.version !== 1 ||
    record.issuer !== settings.issuer ||
    record.roleArn !== settings.roleArn ||
    typeof record.sub !== 'string' ||
    !Number.isFinite(record.issuedAt) ||
    !Number.isFinite(record.lifetime) ||
    !isAwsCredentials(record.credentials)
  ) {
    return undefined;
  }
  return record;
}

/** Reads a stored sign-in; anything odd, foreign or of another version is a miss. */
export function parseSignInRecord(
  text: string | undefined,
  settings: SignInSettings,
): SignInRecord | undefined {
  const record = parseObject<SignInRecord>(text);
  if (
    record?.version !== 1 ||
    JSON.stringify(record.identity) !== JSON.stringify(signInIdentity(settings)) ||
    record.iss !== settings.issuer ||
    typeof record.sub !== 'string' ||
    !Number.isSafeInteger(record.generation) ||
    !Array.isArray(record.credentials) ||
    !record.credentials.every((account) => /^[0-9a-f]{32}$/.test(account)) ||
    (record.refreshToken !== undefined && typeof record.refreshToken !== 'string') ||
    (record.idToken !== undefined && typeof record.idToken !== 'string')
  ) {
    return undefined;
  }
  return record;
}

function parseObject<Shape>(text: string | undefined): (Partial<Shape> & Shape) | undefined {
  if (text === undefined || text.length > 200_000) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Shape) : undefined;
  } catch {
    return undefined;
  }
}
