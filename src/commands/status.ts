import { daypassProfiles } from '../aws-config/config-file.ts';
import type { Context } from '../context.ts';
import { asDaypassError, type DaypassError, type ErrorReport, hintText } from '../errors.ts';
import { signInNeeded } from '../request/sign-in-needed.ts';
import { remaining } from '../session/freshness.ts';
import { SessionReader, type SessionState } from '../session/state.ts';
import { sessionNotes, sessionSummary, timeLeft } from '../session/summary.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { assertPrivateFolder, stateDirectory } from '../state/directory.ts';
import { withStores } from '../store/open-store.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass status [--profile P] [--json] [--verify]

Prints who is signed in, with which role, until when, whether the session renews
without a browser, and the last failure. Opens no browser, and no connection
without --verify. If there is no --profile and no AWS_PROFILE, it lists every
profile that uses daypass.

  --json     print one line of JSON
  --verify   ask AWS whose credentials these are
`;

/** Prints the stored session of one profile, or of all. Returns the exit code, throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const { flags, surroundings, config } = call;
  assertPrivateFolder(stateDirectory(surroundings.env, surroundings.home));
  const one = flags.has('profile') || surroundings.env.AWS_PROFILE;
  const profiles = one ? [] : daypassProfiles(config());
  // If the file has no such profile, flags and environment may hold all settings.
  return await (profiles.length === 0 ? showOne(call) : showAll(call, profiles));
}

async function showOne({ switches, open }: Call): Promise<number> {
  const stored = await withStores((stores) => statusOf(open(), new SessionReader(stores)));
  const status = switches.has('verify') ? await verified(stored) : stored;
  writeOut(switches.has('json') ? json(facts(status)) : lines(status));
  return status.error?.exitCode ?? 0;
}

async function showAll(call: Call, profiles: readonly string[]): Promise<number> {
  const found = await withStores((stores) => {
    const sessions = new SessionReader(stores);
    return Promise.allSettled(profiles.map(async (profile) => statusOf(call.look(profile), sessions)));
  });
  const rows: Row[] = [];
  // One after another: --verify asks STS.
  for (const [index, profile] of profiles.entries()) {
    const read = found[index];
    if (read) rows.push(await rowOf(call, profile, read));
  }
  writeOut(call.switches.has('json') ? json({ profiles: rows.map((row) => row.facts) }) : table(rows));
  return rows.find(({ error }) => error)?.error?.exitCode ?? 0;
}

/** The stored session of one profile, at one time in milliseconds. */
interface Status extends SessionState {
  settings: Settings;
  role: ReturnType<typeof parseRoleArn>;
  now: number;
  /** The identity that STS reports with `--verify`. */
  arn?: string;
  /** Why it reports none: some STS-compatible servers have no GetCallerIdentity. */
  error?: DaypassError;
}

async function statusOf(context: Context, sessions: SessionReader): Promise<Status> {
  const { settings } = context;
  const state = await sessions.read(context);
  return { ...state, settings, role: parseRoleArn(settings.roleArn), now: sessions.now };
}

/** Asks STS with the stored credentials. Throws `sign-in-needed` without any, and `unsafe-environment`. */
async function verified(status: Status): Promise<Status> {
  const { settings, record, usable } = status;
  if (!record || !usable) throw signInNeeded(settings);
  const { callerIdentity } = await import('../aws/sts.ts');
  try {
    return { ...status, arn: await callerIdentity(settings, record.credentials) };
  } catch (thrown) {
    const error = asDaypassError(thrown);
    // Then STS was not asked.
    if (error.code === 'unsafe-environment') throw error;
    return { ...status, error };
  }
}

/** Returns the lines about one profile for a person. */
function lines(status: Status): string {
  const { settings, failure, arn, error } = status;
  return [
    ...sessionLines(status),
    ...(arn ? [`  verified  ${printable(arn)}`] : []),
    ...(error ? errorLines('verified  no,', error.toReport()) : []),
    `  store     ${settings.store}`,
    ...(failure ? errorLines(`failure   ${isoTime(failure)}`, failure.error) : []),
    '',
  ].join('\n');
}

function sessionLines({ settings, role, record, signIn, usable, silent, now }: Status): string[] {
  if (record)
    return [usable ? 'signed in' : 'expired', sessionSummary(settings, record, signIn, now).trimEnd()];
  if (!signIn) return [`profile ${settings.profile} is not signed in`];
  return [
    'signed in, but there are no credentials for this role yet',
    `  identity  ${printable(signIn.name)}`,
    `  role      ${role?.name} in account ${role?.account}`,
    `  renewal   ${silent ? 'automatic, no browser' : 'opens the browser'}`,
  ];
}

function errorLines(label: string, { code, faults, hint }: ErrorReport): string[] {
  return [
    `  ${label} ${code}: ${printable(faults.join('; '))}`,
    ...(hint ? [`            ${printable(hintText(hint), longestHint)}`] : []),
  ];
}

/** One profile of the list. */
interface Row {
  /** The object for `--json`. */
  facts: object;
  /** The columns for a person. */
  cells: string[];
  error?: DaypassError | undefined;
}

/** Returns the row of one profile. An error becomes a row too, and does not hide the other profiles. */
async function rowOf(
  { open, switches }: Call,
  profile: string,
  read: PromiseSettledResult<Status>,
): Promise<Row> {
  try {
    // From here on, this profile's log has the requests.
    open(profile);
    if (read.status === 'rejected') throw read.reason;
    const { value: stored } = read;
    const status = switches.has('verify') && stored.usable ? await verified(stored) : stored;
    return { facts: facts(status), cells: [profile, ...cells(status)], error: status.error };
  } catch (thrown) {
    const error = asDaypassError(thrown);
    return {
      facts: { profile, error: errorFacts(error.toReport()) },
      cells: [profile, `${error.code}: ${printable(error.faults[0] ?? '')}`],
      error,
    };
  }
}

function cells({ settings, role, record, signIn, usable, silent, failure, now, error }: Status): string[] {
  const left = record && usable ? timeLeft(remaining(record, now)) : 'no credentials';
  const failed = failure && `${isoTime(failure)} ${failure.error.code}`;
  return [
    `${role?.account} ${role?.name}`,
    printable(signIn?.name ?? '-'),
    settings.store,
    signIn || usable ? `${left}${silent ? ', renews without a browser' : ''}` : 'not signed in',
    [failed, error && `not verified: ${error.code}`].filter(Boolean).join(', '),
  ];
}

/** Aligns the columns. The last cell of a row, such as an error, does not widen its column. */
function table(all: readonly Row[]): string {
  const heading = ['PROFILE', 'ROLE', 'SIGNED IN AS', 'STORE', 'CREDENTIALS', 'LAST FAILURE'];
  const rows = [heading, ...all.map((row) => row.cells)];
  const widths = heading.map((_, column) =>
    Math.max(...rows.map((row) => (row.length > column + 1 ? (row[column]?.length ?? 0) : 0))),
  );
  const line = (row: string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)));
  return rows.map((row) => `${line(row).join('  ').trimEnd()}\n`).join('');
}

/** Returns the object for `--json` about one profile. */
function facts(status: Status): object {
  const { settings, role, record, signIn, usable, silent, failure, now, arn, error } = status;
  return {
    profile: settings.profile,
    signedIn: usable || silent,
    identity: signIn?.name ?? null,
    issuer: settings.issuer,
    roleArn: settings.roleArn,
    account: role?.account,
    expiration: record?.credentials.expiration ?? null,
    secondsLeft: record ? Math.max(0, Math.floor(remaining(record, now) / 1000)) : 0,
    refreshable: silent,
    notes: sessionNotes(record, signIn),
    ...(arn ? { verifiedArn: arn } : {}),
    ...(error ? { verifyError: errorFacts(error.toReport()) } : {}),
    store: settings.store,
    lastFailure: failure ? { ...errorFacts(failure.error), at: isoTime(failure) } : null,
  };
}

/** Returns an error for `--json`, with its hint as the one line that a terminal shows. */
function errorFacts({ hint, ...report }: ErrorReport): object {
  return { ...report, ...(hint ? { hint: hintText(hint) } : {}) };
}

function isoTime({ at }: { at: number }): string {
  return new Date(at).toISOString();
}

function json(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
