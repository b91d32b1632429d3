import type { DaypassError } from '../errors.ts';
import { remaining } from '../session/freshness.ts';
import type { NextCall } from '../session/next-call.ts';
import type { SessionState } from '../session/state.ts';
import { sessionNotes } from '../session/summary.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { type AwsWarning, warningText } from './aws-warning.ts';
import { errorFacts } from './json.ts';
import { detailFacts } from './session-details.ts';

/** The stored session of one profile, at one time in milliseconds. */
export interface Session extends Pick<SessionState, 'record' | 'signIn' | 'next' | 'failure'> {
  settings: Settings;
  now: number;
  /** What keeps AWS from working although a person is signed in. */
  warning: AwsWarning | undefined;
  /** Also what AWS learns from the ID token. */
  verbose?: boolean;
  /** The identity that STS reports with `--verify`. */
  arn?: string;
  /** Why it reports none: there are no credentials, or some STS-compatible servers have no GetCallerIdentity. */
  error?: DaypassError;
}

/** The names of `next.does` for scripts. */
const nextCalls: Readonly<Record<NextCall['does'], string>> = {
  prints: 'prints-stored',
  renews: 'renews',
  waits: 'waits',
  asks: 'asks-person',
  fails: 'fails',
};

/** Returns the object for `--json` about the session of one profile. */
export function sessionFacts(session: Session): object {
  const { settings, record, signIn, next, failure, now, arn, error, warning } = session;
  const { signedIn, silent, usable, reason, does } = next;
  return {
    profile: settings.profile,
    signedIn,
    identity: signIn?.name ?? null,
    issuer: settings.issuer,
    roleArn: settings.roleArn,
    account: parseRoleArn(settings.roleArn)?.account,
    expiration: record?.credentials.expiration ?? null,
    secondsLeft: usable ? Math.floor(remaining(usable, now) / 1000) : 0,
    refreshable: silent,
    nextCall: nextCalls[does],
    ...(next.failure ? { nextCallUntil: isoTime(next.failure.until) } : {}),
    ...(reason ? { reason } : {}),
    notes: sessionNotes(record, signIn),
    ...(warning ? { warning: warningText(warning) } : {}),
    ...(arn ? { verifiedArn: arn } : {}),
    ...(error ? { verifyError: errorFacts(error.toReport()) } : {}),
    store: settings.store,
    ...(session.verbose ? detailFacts(session) : {}),
    lastFailure: failure ? { ...errorFacts(failure.error), at: isoTime(failure.at) } : null,
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
