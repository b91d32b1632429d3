import type { Settings } from '../settings/settings.ts';
import type { SecretStore } from '../store/secret-store.ts';
import type { SessionKeys } from './keys.ts';
import {
  type CredentialsRecord,
  parseCredentialsRecord,
  parseSignInRecord,
  type RecordSettings,
  type SignInRecord,
} from './records.ts';

/** The use that a caller may make of stored credentials, by the time that is left of them. */
export type Freshness =
  /** Print. */
  | 'fresh'
  /** Print, and renew silently in the background. */
  | 'ageing'
  /** Renew silently for at most 8 s, else print. */
  | 'expiring'
  /** Renew, with the browser if it is allowed. */
  | 'expired';

// botocore asks again with 15 minutes left and insists with 10, so the soft limit is just before 15. Go, PHP
// and C++ use credentials until their last second, so the hard limit leaves time for a running request.
const softLimit = 960_000;
const hardLimit = 120_000;
const floorLimit = 30_000;

/** Returns the freshness of credentials. `now` is the clock of this machine in milliseconds. */
export function freshness(record: CredentialsRecord, now: number): Freshness {
  const { lifetime } = record;
  const left = remaining(record, now);
  if (left <= Math.min(floorLimit, lifetime / 8)) return 'expired';
  if (left < Math.min(hardLimit, lifetime / 4)) return 'expiring';
  return left < Math.min(softLimit, lifetime / 2) ? 'ageing' : 'fresh';
}

/**
 * Returns the milliseconds that are left. STS measures the lifetime and this machine the age, so a clock that
 * is wrong does no harm unless it changes: if it was set back since the issue, nothing is left.
 */
export function remaining(record: CredentialsRecord, now: number): number {
  return record.issuedAt > now ? 0 : record.lifetime - (now - record.issuedAt);
}

/** The stored credentials of a role. */
export interface StoredCredentials {
  /** Also one that has expired. */
  record: CredentialsRecord | undefined;
  /** `expired` also if there is no record. */
  state: Freshness;
  /** The record, unless it has expired. */
  usable: CredentialsRecord | undefined;
}

/** Parses `text`, the credentials entry of the store, and determines its freshness. */
export function storedCredentials(text: string | undefined, settings: RecordSettings): StoredCredentials {
  const record = parseCredentialsRecord(text, settings);
  const state = record ? freshness(record, Date.now()) : 'expired';
  return { record, state, usable: state === 'expired' ? undefined : record };
}

/** Reads both records of a profile. Credentials of a person who is not signed in count as none. */
export async function readSession(
  store: Pick<SecretStore, 'read'>,
  { settings, keys }: { settings: Settings; keys: SessionKeys },
): Promise<StoredCredentials & { signIn: SignInRecord | undefined }> {
  const [text, signInText] = await Promise.all([store.read(keys.credentials), store.read(keys.signIn)]);
  const signIn = parseSignInRecord(signInText, settings);
  return { ...credentialsOf(signIn, text, settings), signIn };
}

/** Does the same as `storedCredentials`, but credentials of a person who is not signed in count as none. */
export function credentialsOf(
  signIn: SignInRecord | undefined,
  text: string | undefined,
  settings: RecordSettings,
): StoredCredentials {
  const stored = storedCredentials(text, settings);
  // Without a sign-in record it is unknown who is signed in.
  const ofSamePerson = !signIn || stored.record?.sub === signIn.sub;
  return ofSamePerson ? stored : storedCredentials(undefined, settings);
}

/** Returns whether a renewal at `now` needs no person. */
export function canRenewSilently(record: CredentialsRecord, now: number): boolean {
  return record.silentUntil === undefined || now < record.silentUntil;
}

/**
 * Returns whether the renewal that follows the end of these credentials, or the next one without any, needs no
 * person. The sign-in decides: the credentials do not know that it has lost its refresh token since.
 */
export function willRenewSilently(
  record: CredentialsRecord | undefined,
  signIn: SignInRecord | undefined,
  now: number,
): boolean {
  if (!signIn) return false;
  const end = now + (record ? Math.max(0, remaining(record, now)) : 0);
  return (canRefresh(signIn) && !signIn.refreshRefused) || end < idTokenUsableUntil(signIn);
}

/** Returns whether the sign-in has a refresh token that brings an ID token. */
export function canRefresh({ refreshToken, refreshIsUseless }: SignInRecord): boolean {
  return Boolean(refreshToken) && !refreshIsUseless;
}

/** An ID token must be valid for at least this many milliseconds when it is sent to STS. */
const idTokenMargin = 90_000;

/** Returns until when (milliseconds, the clock of this machine) the stored ID token can be sent to STS. */
export function idTokenUsableUntil({ idToken, idTokenExpires = 0 }: SignInRecord): number {
  // A token that STS refused is deleted before its end.
  return idToken === undefined ? 0 : idTokenExpires - idTokenMargin;
}
