import { join } from 'node:path';
import { DaypassError, type ErrorReport, exitCodes } from '../errors.ts';
import { readFileIfAny, replaceFile } from '../session/state-directory.ts';

/** A failure that later calls are told without trying again; times are milliseconds since 1970. */
interface Rest {
  error: ErrorReport;
  at: number;
  until: number;
  /** Failures in a row. */
  count: number;
}

export interface LastOutcome {
  version: 1;
  /** What the last renewal failed with, for `status`; it may bind nobody. */
  failure?: { error: ErrorReport; at: number };
  /** Binds every role of the sign-in. */
  signIn?: Rest;
  /** Binds one credentials record, by account name. */
  roles?: Record<string, Rest>;
  /** Silent renewal failed: binds callers that allow no browser, and the background. */
  silent?: Rest;
}

export type RestScope = 'sign-in' | 'role' | 'silent';

const firstRest = 30_000;
const longestRest = 600_000;
const silentRest = 60_000;

/** What the last renewals of a sign-in came to; a file that cannot be read or understood says nothing. */
export function readLastOutcome(signInFolder: string): LastOutcome {
  try {
    const value: LastOutcome = JSON.parse(readFileIfAny(path(signInFolder)) ?? '');
    return value?.version === 1 ? value : { version: 1 };
  } catch {
    return { version: 1 };
  }
}

/** The error that a call must be told at once, or undefined if it may try. */
export function resting(
  last: LastOutcome,
  credentials: string,
  { interactive, now }: { interactive: boolean; now: number },
): DaypassError | undefined {
  const found = [last.signIn, last.roles?.[credentials], interactive ? undefined : last.silent].find(
    // A rest that seems to begin in the future was written under another clock.
    (candidate) =>
      candidate && candidate.at <= now && now < candidate.until && candidate.error.code in exitCodes,
  );
  return found && DaypassError.fromReport(found.error);
}

/**
 * Remembers a failure and lets what `scope` names rest; each further one in a row rests twice as long, from 30 s up to 10 min (a
 * silent one always 60 s). Without a scope nothing rests.
 */
export function noteFailure(
  signInFolder: string,
  scope: RestScope | undefined,
  credentials: string,
  error: ErrorReport,
  now: number,
): void {
  const last = readLastOutcome(signInFolder);
  last.failure = { error, at: now };
  if (scope) rest(last, scope, credentials, error, now);
  replaceFile(path(signInFolder), JSON.stringify(last));
}

function rest(
  last: LastOutcome,
  scope: RestScope,
  credentials: string,
  error: ErrorReport,
  now: number,
): void {
  const before =
    scope === 'sign-in' ? last.signIn : scope === 'role' ? last.roles?.[credentials] : last.silent;
  const count = before && now - before.until < longestRest ? before.count + 1 : 1;
  const length = scope === 'silent' ? silentRest : Math.min(longestRest, firstRest * 2 ** (count - 1));
  const entry: Rest = { error, at: now, until: now + length, count };
  if (scope === 'sign-in') last.signIn = entry;
  else if (scope === 'silent') last.silent = entry;
  else last.roles = { ...last.roles, [credentials]: entry };
}

/** Forgets failures: after a success, and when a person asks for a sign-in by `login`. */
export function endRests(signInFolder: string, credentials: string): void {
  const { [credentials]: _ended, ...roles } = readLastOutcome(signInFolder).roles ?? {};
  replaceFile(path(signInFolder), JSON.stringify({ version: 1, roles } satisfies LastOutcome));
}

function path(signInFolder: string): string {
  return join(signInFolder, 'outcome.json');
}
