import { join } from 'node:path';
import { DaypassError, type ErrorReport, exitCodes } from '../errors.ts';
import { removeFile } from '../process/files.ts';
import { replaceFile } from './directory.ts';
import { readJsonIfAny } from './own-file.ts';

/** How a renewal failed. */
export interface Failure {
  error: DaypassError;
  /** `role` concerns one credentials record, the others every role of the sign-in. */
  scope: 'sign-in' | 'role' | 'no-browser';
  /** The callers that get this error without a new attempt: all, or only those that allow no browser. */
  coolDown: 'everyone' | 'silent' | undefined;
}

/** A failure that later calls get without a new attempt. Times are milliseconds since 1970. */
interface CoolDown {
  error: ErrorReport;
  at: number;
  until: number;
  /** The number of failures in a row, without silent ones. */
  count: number;
  /** It concerns only callers that allow no browser, and background renewals. */
  silent: boolean;
}

/** The content of `outcome.json`. */
export interface LastOutcome {
  version: 1;
  /** The failure of the last renewal for `status`, with or without a cool-down. With `role` it concerns that alone. */
  failure?: { error: ErrorReport; at: number; role?: string };
  /** The cool-down of every role of the sign-in. */
  signIn?: CoolDown;
  /** The cool-downs of single credentials records, by account name. */
  roles?: Record<string, CoolDown>;
}

const firstCoolDown = 30_000;
const longestCoolDown = 600_000;
const silentCoolDown = 60_000;

/**
 * Reads the last outcome of a sign-in. A file that cannot be read or parsed counts as empty. Throws
 * `unsafe-directory`.
 */
export function readLastOutcome(signInFolder: string): LastOutcome {
  const value = readJsonIfAny(path(signInFolder)) as LastOutcome | undefined;
  return value?.version === 1 ? value : { version: 1 };
}

/** Returns the failure of the last renewal, unless it concerns another role than this one. */
export function lastFailure({ failure }: LastOutcome, credentials: string): LastOutcome['failure'] {
  return failure?.role === undefined || failure.role === credentials ? failure : undefined;
}

/** The caller that a cool-down may stop. `now` is in milliseconds. */
interface Caller {
  interactive: boolean;
  now: number;
}

/** Returns the error of a cool-down that applies to the caller, or undefined if the caller may try. */
export function coolDownError(
  outcome: LastOutcome,
  credentials: string,
  caller: Caller,
): DaypassError | undefined {
  const found = coolDown(outcome, credentials, caller);
  return found && DaypassError.fromReport(found.error);
}

/** Returns the cool-down that applies to the caller: its error, and its end in milliseconds. */
export function coolDown(
  { signIn, roles }: LastOutcome,
  credentials: string,
  { interactive, now }: Caller,
): Pick<CoolDown, 'error' | 'until'> | undefined {
  // The clock was set back if a cool-down begins in the future.
  const applies = ({ error, at, until, silent }: CoolDown) =>
    !(silent && interactive) && at <= now && now < until && Object.hasOwn(exitCodes, error.code);
  const found = [signIn, roles?.[credentials]].find((entry) => entry && applies(entry));
  return found && { error: withTimes(found, now), until: found.until };
}

/** A person who cancelled knows the cause, so the error says when a tab opens again. */
function withTimes({ error, at, until }: CoolDown, now: number): ErrorReport {
  const [fault] = error.faults;
  if (error.code !== 'cancelled') return error;
  const seconds = (milliseconds: number) => `${Math.ceil(milliseconds / 1000)} s`;
  const ago = `${fault} ${seconds(now - at)} ago`;
  return { ...error, faults: [`${ago}; calls do not open a new tab for ${seconds(until - now)}`] };
}

/** Returns a text without what `withTimes` adds, which differs at each call. */
export function withoutTimes(text: string): string {
  return text.replace(/ \d+ s ago; calls do not open a new tab for \d+ s/g, '');
}

/** Stores a failure. Its cool-down doubles from 30 s to 10 min; a silent one has 60 s. Throws `io`. */
export function noteFailure(signInFolder: string, failure: Failure, credentials: string, now: number): void {
  const { error, scope, coolDown } = failure;
  const last = readLastOutcome(signInFolder);
  const report = error.toReport();
  last.failure = { error: report, at: now, ...(scope === 'role' ? { role: credentials } : {}) };
  if (coolDown) {
    const before = scope === 'role' ? last.roles?.[credentials] : last.signIn;
    const silent = coolDown === 'silent';
    const counted = before && now - before.until < longestCoolDown ? before.count : 0;
    const count = silent ? counted : counted + 1;
    const length = silent ? silentCoolDown : Math.min(longestCoolDown, firstCoolDown * 2 ** (count - 1));
    const entry: CoolDown = { error: report, at: now, until: now + length, count, silent };
    if (scope === 'role') last.roles = { ...last.roles, [credentials]: entry };
    else last.signIn = entry;
  }
  replaceFile(path(signInFolder), JSON.stringify(last));
}

/** Ends the cool-downs that apply to a role: after a success, and when a person runs `login`. Throws `io`. */
export function endCoolDowns(signInFolder: string, credentials: string): void {
  const last = readLastOutcome(signInFolder);
  const { [credentials]: _ended, ...roles } = last.roles ?? {};
  const { failure } = last;
  const ofOther = failure && !lastFailure(last, credentials) ? { failure } : {};
  replaceFile(path(signInFolder), JSON.stringify({ version: 1, roles, ...ofOther } satisfies LastOutcome));
}

/** Deletes the outcome after the sign-in was deleted. */
export function forgetOutcome(signInFolder: string): void {
  removeFile(path(signInFolder));
}

function path(signInFolder: string): string {
  return join(signInFolder, 'outcome.json');
}
