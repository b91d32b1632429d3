import type { CredentialsRecord, SignInRecord } from './records.ts';

/** What a caller may do with stored credentials, by the time that is left of them. */
export type Freshness =
  /** Print. */
  | 'fresh'
  /** Print, and renew silently behind the caller's back. */
  | 'ageing'
  /** Renew silently for a few seconds, else print what is left. */
  | 'expiring'
  /** Renew, with the browser if allowed. */
  | 'expired';

// botocore asks again at 15 minutes and insists at 10, so `soft` lies just before its first question; Go, PHP
// and C++ use keys to the last second, so `hard` leaves them time for the request in hand.
const softLimit = 960_000;
const hardLimit = 120_000;
const floorLimit = 30_000;

/** `now` is this machine's clock in milliseconds. */
export function freshness(record: CredentialsRecord, now: number): Freshness {
  const { lifetime } = record;
  const left = remaining(record, now);
  if (left <= Math.min(floorLimit, lifetime / 8)) return 'expired';
  if (left < Math.min(hardLimit, lifetime / 4)) return 'expiring';
  return left < Math.min(softLimit, lifetime / 2) ? 'ageing' : 'fresh';
}

/**
 * Milliseconds left. Lifetime and age are each measured on one clock (STS's and ours), so a wrong clock of
 * ours does not matter as long as it stays equally wrong; where it was set back since the issue, nothing is
 * known and nothing is left.
 */
export function remaining(record: CredentialsRecord, now: number): number {
  return record.issuedAt > now ? 0 : record.lifetime - (now - record.issuedAt);
}

/** Whether a renewal could do without a person. */
export function canRenewSilently(record: CredentialsRecord, now: number): boolean {
  return record.silentUntil === undefined || now < record.silentUntil;
}

/** The same of the renewal that will be needed: when these have run out, and not now. */
export function willRenewSilently(record: CredentialsRecord, now: number): boolean {
  return canRenewSilently(record, now + Math.max(0, remaining(record, now)));
}

/** Returns whether the sign-in has a refresh token that brings an ID token. */
export function canRefresh({ refreshToken, refreshIsUseless }: SignInRecord): boolean {
  return Boolean(refreshToken) && !refreshIsUseless;
}

/** An ID token must be valid for at least this many milliseconds when it is sent to STS. */
const idTokenMargin = 90_000;

/**
 * Returns the time (this machine's clock, milliseconds) until which the stored ID token can be sent to STS.
 */
export function idTokenUsableUntil({ idTokenExpires = 0 }: SignInRecord): number {
  return idTokenExpires - idTokenMargin;
}
