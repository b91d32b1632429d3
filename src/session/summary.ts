import { parseRoleArn, shownAccount } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { shownWidth, wrapped } from '../terminal/columns.ts';
import { localTime } from '../terminal/local-time.ts';
import { printable } from '../terminal/printable.ts';
import { mark } from '../terminal/style.ts';
import { timeSpan } from '../terminal/time-span.ts';
import { remaining } from './freshness.ts';
import type { NextCall, Reason } from './next-call.ts';
import type { CredentialsRecord, SignInRecord } from './records.ts';

/** A session to describe to a person. `now` is in milliseconds. */
export interface Told {
  settings: Pick<Settings, 'profile' | 'roleArn' | 'signInFlags'>;
  record: CredentialsRecord | undefined;
  signIn: SignInRecord | undefined;
  next: NextCall;
  now: number;
  /** This command found the session, and did not make it. */
  already?: boolean;
}

/**
 * Returns who is signed in until when, or why there is no session and the command to run. It is one line for a person,
 * or more if `width` is less. `to` is the stream that gets it.
 */
export function headline(told: Told, width: number, to: NodeJS.WriteStream = process.stdout): string[] {
  const lines = headlineWords(told, width - 2);
  return lines.map((line, index) => `${index === 0 ? mark(toneOf(told.next), to) : ' '} ${line}`);
}

/** Returns how well it is that the next call does this. */
export function toneOf({ does, signedIn, ofAnother, failure }: NextCall): 'good' | 'warning' | 'bad' {
  if (failure || does === 'fails') return 'bad';
  return signedIn && !ofAnother ? 'good' : 'warning';
}

function headlineWords(told: Told, width: number): string[] {
  const { next, settings } = told;
  const shown = standing(told);
  if (!next.failure && (next.does === 'waits' || (next.signedIn && !next.ofAnother)))
    return wrapped(shown, width);
  const advice = `${next.failure ? 'To try again now, run' : 'Run'}: daypass login ${settings.signInFlags}`;
  const line = `${shown}. ${advice}`;
  // A command that a person copies is not split.
  return shownWidth(line) <= width ? [line] : [...wrapped(`${shown}.`, width), advice];
}

/** Returns the same without the command. */
export function standing({ signIn, next, now, already }: Told): string {
  const { usable, ofAnother, does, silent, reason, failure } = next;
  const name = printable(signIn?.name ?? usable?.sub ?? '');
  if (ofAnother) return `Signed in as ${name}, but calls still get the credentials of another person`;
  if (usable) return `${already ? 'Already signed' : 'Signed'} ${inUntil(name, usable, now)}`;
  if (does === 'waits')
    return silent
      ? `Signed in as ${name}; a renewal runs, and calls wait for it`
      : 'Signing in: a sign-in is open, and calls wait for its end';
  if (failure) return `Calls fail until ${localTime(failure.until, now)}`;
  if (silent) return `Signed in as ${name}; the next call gets credentials without a browser`;
  return reason === undefined || reason === 'no-sign-in'
    ? 'Not signed in'
    : `Sign-in expired: ${reasons[reason]}`;
}

/** Returns the line after a sign-in that this call waited for. `now` is in milliseconds. */
export function signedInLine(identity: string, record: CredentialsRecord, now: number): string {
  return `Signed ${inUntil(printable(identity), record, now)}`;
}

function inUntil(name: string, record: CredentialsRecord, now: number): string {
  return `in as ${name} until ${until(record, now)}`;
}

/** Why a renewal needs a person. */
export const reasons: Readonly<Record<Reason, string>> = {
  'no-sign-in': 'there is no sign-in',
  'token-refused': 'the provider no longer accepts the refresh token',
  'token-of-another-person': 'the refresh token belonged to another person',
  'no-refresh-token': 'your provider issued no refresh token',
  'useless-refresh': 'your provider answers a refresh without an ID token',
  'refresh-refused': 'your provider refused the last refresh',
};

/** Returns role, account, next renewal and notes, as labels and texts. */
export function sessionRows({ settings, record, signIn, next }: Told): [label: string, text: string][] {
  const role = parseRoleArn(settings.roleArn);
  return [
    ['role', role?.name ?? settings.roleArn],
    ['account', shownAccount(role?.account ?? '')],
    ...(next.reason === 'no-sign-in' ? [] : [['renewal', renewal(next)] as [string, string]]),
    ...sessionNotes(record, signIn).map((note): [string, string] => ['note', note]),
  ];
}

/** Returns how the session is renewed when its credentials end, or now if there are none. */
function renewal({ silent, reason, does }: NextCall): string {
  if (silent) return 'automatic, without a browser';
  return `by a sign-in${does === 'prints' ? ' when the credentials end' : ''}: ${reasons[reason ?? 'no-sign-in']}`;
}

/** Returns notes about settings that a person may want to change. */
export function sessionNotes(record?: CredentialsRecord, signIn?: SignInRecord): string[] {
  const isMissing = signIn && !signIn.refreshToken && !signIn.refreshEnded;
  return [
    ...(isMissing ? [noRefreshToken] : []),
    ...(signIn?.refreshRefused ? [refreshRefused] : []),
    ...(record?.grantedDuration ? [`the role allows ${record.grantedDuration} s at most`] : []),
  ];
}

/** The note for a sign-in without a refresh token. */
export const noRefreshToken =
  'your provider issued no refresh token; many providers issue one if daypass_authorize_params has ' +
  'prompt=consent or access_type=offline';

/** The note for a sign-in whose refresh token is kept although the provider refused the last refresh. */
export const refreshRefused =
  'your provider refused the last refresh, so the browser opens unless the cause is fixed';

/** Returns the end of credentials, such as `14:15 UTC+1 (59 min left)`. */
export function until(record: CredentialsRecord, now: number): string {
  const left = remaining(record, now);
  return `${localTime(now + left, now)} (${timeLeft(left)})`;
}

/** Returns a text such as `59 min left`. `left` is in milliseconds. */
export function timeLeft(left: number): string {
  return left <= 0 ? 'expired' : `${timeSpan(left)} left`;
}
