import { coolDown, type LastOutcome } from '../state/outcome.ts';
import { canRefresh, freshness, willRenewSilently } from './freshness.ts';
import type { CredentialsRecord, SignInRecord } from './records.ts';

/** The stored records of a session, and whether a renewal runs. */
export interface KnownSession {
  /** The credentials of the role, also those of another person: a hit prints them. */
  stored: CredentialsRecord | undefined;
  signIn: SignInRecord | undefined;
  outcome: LastOutcome;
  /** A renewal of the sign-in runs or starts. */
  isOpen: boolean;
  /** The account name of the credentials. */
  account: string;
}

/** Why a renewal needs a person. */
export type Reason =
  | 'no-sign-in'
  /** The provider refused the refresh token. */
  | 'token-refused'
  | 'token-of-another-person'
  /** The provider issued none. */
  | 'no-refresh-token'
  /** The provider answers a refresh without an ID token. */
  | 'useless-refresh'
  /** The provider refused the last refresh for another reason than the token. */
  | 'refresh-refused';

/** What the next call in credential_process form does. */
export interface NextCall {
  does: /** Prints the stored credentials; it may renew them too. */
    | 'prints'
    /** Renews without a person. */
    | 'renews'
    /** Waits for the renewal that runs. */
    | 'waits'
    /** Asks a person to sign in. */
    | 'asks'
    /** Fails with `failure`, or with `sign-in-needed`, since no person can be asked here. */
    | 'fails';
  /** A cool-down: its error, and its end in milliseconds. */
  failure?: Pick<NonNullable<LastOutcome['signIn']>, 'error' | 'until'>;
  /** The credentials of the person who is signed in; undefined without any, also if they have expired. */
  usable: CredentialsRecord | undefined;
  /** The credentials that it prints are of another person than the one who is signed in. */
  ofAnother: boolean;
  /** The renewal after the end of the credentials, or at once without any, needs no person. */
  silent: boolean;
  /** Why that renewal needs a person. */
  reason?: Reason;
  /** There are usable credentials, or a renewal needs no person. */
  signedIn: boolean;
}

/**
 * Tells what the next call does, as `credentialProcess`, `requestRenewal` and `renew` decide it. All that shows a
 * session to a person or a script asks here. `now` is in milliseconds; `interactive` returns whether a person
 * can be asked.
 */
export function nextCall(
  { stored, signIn, outcome, isOpen, account }: KnownSession,
  { now, interactive }: { now: number; interactive: () => boolean },
): NextCall {
  const printed = stored && freshness(stored, now) !== 'expired' ? stored : undefined;
  const ofAnother = printed !== undefined && signIn !== undefined && printed.sub !== signIn.sub;
  const usable = ofAnother ? undefined : printed;
  const silent = willRenewSilently(printed, signIn, now);
  const session = {
    usable,
    ofAnother,
    silent,
    ...(silent ? {} : { reason: reasonOf(signIn) }),
    signedIn: usable !== undefined || silent,
  };
  if (printed) return { does: 'prints', ...session };
  if (isOpen) return { does: 'waits', ...session };
  const isInteractive = interactive();
  const failure = coolDown(outcome, account, { interactive: isInteractive, now });
  if (failure) return { does: 'fails', failure, ...session };
  if (silent) return { does: 'renews', ...session };
  return { does: isInteractive ? 'asks' : 'fails', ...session };
}

/** Returns why a renewal after this sign-in needs a person. */
export function reasonOf(signIn: SignInRecord | undefined): Reason {
  if (!signIn) return 'no-sign-in';
  const { refreshToken, refreshEnded } = signIn;
  if (refreshEnded === 'refused') return 'token-refused';
  if (refreshEnded === 'other-person') return 'token-of-another-person';
  if (refreshToken === undefined) return 'no-refresh-token';
  return canRefresh(signIn) ? 'refresh-refused' : 'useless-refresh';
}
