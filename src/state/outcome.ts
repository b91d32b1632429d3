import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DaypassError, type ErrorReport, exitCodes } from '../errors.ts';
import { readFileIfAny, replaceFile } from './directory.ts';

/** How a renewal failed. */
export interface Failure {
  error: DaypassError;
  /** `role` binds one credentials record, the others every role of the sign-in. */
  scope: 'sign-in' | 'role' | 'no-browser';
  /** Who gets this error without a new attempt for a while: everyone, only callers that allow no browser, or nobody. */
  rest: 'everyone' | 'silent' | undefined;
}

/** A failure that later calls are told without trying again; times are milliseconds since 1970. */
interface Rest {
  error: ErrorReport;
  at: number;
  until: number;
  /** Failures in a row, the silent ones not counted. */
  count: number;
  /** It was met without a person: it binds callers that allow no browser, and the background. */
  silent: boolean;
}

export interface LastOutcome {
  version: 1;
  /** What the last renewal failed with, for `status`; it may bind nobody. */
  failure?: { error: ErrorReport; at: number };
  /** Binds every role of the sign-in. */
  signIn?: Rest;
  /** Binds one credentials record, by account name. */
  roles?: Record<string, Rest>;
}

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
  { signIn, roles }: LastOutcome,
  credentials: string,
  { interactive, now }: { interactive: boolean; now: number },
): DaypassError | undefined {
  const found = [signIn, roles?.[credentials]].find(
    (rest) =>
      rest &&
      !(rest.silent && interactive) &&
      // A rest that seems to begin in the future was written under another clock.
      rest.at <= now &&
      now < rest.until &&
      Object.hasOwn(exitCodes, rest.error.code),
  );
  return found && DaypassError.fromReport(found.error);
}

/** Remembers a failure; those that rest do so twice as long each time in a row, from 30 s up to 10 min, silent ones for 60 s. */
export function noteFailure(
  signInFolder: string,
  { error, scope, rest }: Failure,
  credentials: string,
  now: number,
): void {
  const last = readLastOutcome(signInFolder);
  const report = error.toReport();
  last.failure = { error: report, at: now };
  if (rest) {
    const before = scope === 'role' ? last.roles?.[credentials] : last.signIn;
    const silent = rest === 'silent';
    const counted = before && now - before.until < longestRest ? before.count : 0;
    const count = silent ? counted : counted + 1;
    const length = silent ? silentRest : Math.min(longestRest, firstRest * 2 ** (count - 1));
    const entry: Rest = { error: report, at: now, until: now + length, count, silent };
    if (scope === 'role') last.roles = { ...last.roles, [credentials]: entry };
    else last.signIn = entry;
  }
  replaceFile(path(signInFolder), JSON.stringify(last));
}

/** Forgets failures: after a success, and when a person asks for a sign-in by `login`. */
export function endRests(signInFolder: string, credentials: string): void {
  const { [credentials]: _ended, ...roles } = readLastOutcome(signInFolder).roles ?? {};
  replaceFile(path(signInFolder), JSON.stringify({ version: 1, roles } satisfies LastOutcome));
}

/** Forgets all of it: nobody is signed in any more. */
export function forgetOutcome(signInFolder: string): void {
  rmSync(path(signInFolder), { force: true });
}

function path(signInFolder: string): string {
  return join(signInFolder, 'outcome.json');
}
