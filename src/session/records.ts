import { type AwsCredentials, isAwsCredentials } from '../aws/process-credentials.ts';
import type { SessionPolicy } from '../settings/session-policy.ts';
import type { Settings, SignInSettings } from '../settings/settings.ts';
import { signInIdentity } from './keys.ts';

/** The AWS credentials of one role, and how to check and renew them. Times are in milliseconds. */
export interface CredentialsRecord {
  version: 1;
  issuer: string;
  roleArn: string;
  credentials: AwsCredentials;
  /** The clock of this machine when STS answered. */
  issuedAt: number;
  /** Milliseconds that the credentials live, by the clock of STS. */
  lifetime: number;
  /** The OIDC subject for whom STS issued them. */
  sub: string;
  /** The inline session policy that limits them, as STS got it. */
  policy?: string;
  /** The percentage of AWS's space that session policies and tags take. Absent without any. */
  packedPolicySize?: number;
  /** The source identity of the session, as STS reported it. */
  sourceIdentity?: string;
  /** Seconds that STS granted, if the role allows less than the settings request. */
  grantedDuration?: number;
  /** Until when (clock of this machine) a renewal needs no person. Absent with a refresh token. */
  silentUntil?: number;
}

/** The settings that credentials must belong to. The name of their entry has the others. */
export type RecordSettings = Pick<Settings, 'issuer' | 'roleArn'> & {
  policy?: Pick<SessionPolicy, 'text'>;
};

/** One person's sign-in at one provider, shared by all its roles. */
export interface SignInRecord {
  version: 1;
  /** The result of `signInIdentity` for its settings. */
  identity: readonly unknown[];
  iss: string;
  sub: string;
  aud: string | string[];
  /** The name of the person on pages and in `status`. */
  name: string;
  /** What the person signs in with at the provider, for the next sign-in. */
  accountHint?: string | undefined;
  refreshToken?: string;
  /** The provider answers a refresh without an ID token, so daypass no longer refreshes. */
  refreshIsUseless?: true;
  /** The provider refused the last refresh for another reason than the token, such as the client. */
  refreshRefused?: true;
  /** Why there is no refresh token any more: the provider refused it, or it was another person's. */
  refreshEnded?: 'refused' | 'other-person';
  idToken?: string;
  /** The clock of this machine. */
  idTokenExpires?: number;
  /** The number of the refresh token, counted from the first sign-in. */
  generation: number;
  /** Account names of the credentials records that belong to it. `logout` deletes them. */
  credentials: string[];
}

/** Parses stored credentials. Returns undefined, a miss, for anything unexpected or of another version. */
export function parseCredentialsRecord(
  text: string | undefined,
  settings: RecordSettings,
): CredentialsRecord | undefined {
  const record = parseObject<CredentialsRecord>(text);
  const isValid =
    record?.version === 1 &&
    record.issuer === settings.issuer &&
    record.roleArn === settings.roleArn &&
    record.policy === settings.policy?.text &&
    typeof record.sub === 'string' &&
    Number.isFinite(record.issuedAt) &&
    Number.isFinite(record.lifetime) &&
    isAwsCredentials(record.credentials);
  return isValid ? record : undefined;
}

/** Parses a stored sign-in. Returns undefined, a miss, for anything unexpected or of another version. */
export function parseSignInRecord(
  text: string | undefined,
  settings: SignInSettings,
): SignInRecord | undefined {
  const record = parseObject<SignInRecord>(text);
  const isValid =
    record?.version === 1 &&
    JSON.stringify(record.identity) === JSON.stringify(signInIdentity(settings)) &&
    record.iss === settings.issuer &&
    typeof record.sub === 'string' &&
    Number.isSafeInteger(record.generation) &&
    Array.isArray(record.credentials) &&
    record.credentials.every((account) => /^[0-9a-f]{32}$/.test(account)) &&
    [record.refreshToken, record.idToken].every((token) => token === undefined || typeof token === 'string');
  return isValid ? record : undefined;
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
