import type { Context } from '../context.ts';
import { asDaypassError, type DaypassError, type ErrorReport, hintText } from '../errors.ts';
import { signInNeeded } from '../request/sign-in-needed.ts';
import { remaining } from '../session/freshness.ts';
import { type SessionState, sessionState } from '../session/state.ts';
import { sessionNotes, sessionSummary, timeLeft } from '../session/summary.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { daypassProfiles } from '../settings/daypass-profiles.ts';
import { openStore } from '../store/open-store.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass status [--profile P] [--json] [--verify]

Says who is signed in, with which role, until when, whether that renews without
a browser, and what failed last. Opens no browser and no network. Without
--profile (and AWS_PROFILE) it lists every profile that uses daypass.

  --json     one line for programs
  --verify   ask AWS who the credentials make you
`;

/** Says what is kept; gives the exit code, throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const { switches, flags, surroundings } = call;
  const json = switches.has('json');
  const one = flags.has('profile') || surroundings.env.AWS_PROFILE;
  const profiles = one ? [] : daypassProfiles(surroundings);
  // Where the file has none, everything may stand in flags and environment.
  if (profiles.length === 0) return await ofOne(call, json);
  const all: Look[] = [];
  // One after another: many calls at once hang a locked keyring.
  for (const profile of profiles) all.push(await lookAt(call, profile));
  const failed = all.find(({ error }) => error);
  writeOut(json ? `${JSON.stringify({ profiles: all.map(({ facts }) => facts) })}\n` : table(all));
  return failed?.error?.exitCode ?? 0;
}

async function ofOne({ switches, open }: Call, json: boolean): Promise<number> {
  const context = open();
  const now = Date.now();
  const state = await stateOf(context, now);
  const verdict = switches.has('verify') ? await verified(context, state) : undefined;
  const exitCode = verdict?.error?.exitCode ?? 0;
  if (json) {
    writeOut(`${JSON.stringify(factsOf(context, state, now, verdict))}\n`);
    return exitCode;
  }
  const lines = stateLines(context, state, now);
  if (verdict?.arn) lines.push(`  verified  ${printable(verdict.arn)}`);
  if (verdict?.error) lines.push(...errorLines('verified  no,', verdict.error.toReport()));
  lines.push(`  store     ${context.settings.store}`);
  if (state.failure) lines.push(...failureLines(state.failure));
  writeOut(`${lines.join('\n')}\n`);
  return exitCode;
}

async function stateOf(context: Context, now: number): Promise<SessionState> {
  const store = await openStore(context.settings, context.folder);
  try {
    return await sessionState(context, store, now);
  } finally {
    store.close();
  }
}

/** STS's word on the credentials: whose they are, or why it does not say. Some STS-compatible servers have no GetCallerIdentity. */
type Verdict = { arn: string; error?: never } | { arn?: never; error: DaypassError };

/** Asks STS with the stored credentials. Throws `sign-in-needed` where there are none, and `unsafe-environment`. */
async function verified({ settings }: Context, { record, usable }: SessionState): Promise<Verdict> {
  if (!record || !usable) throw signInNeeded(settings);
  const { callerIdentity } = await import('../aws/sts.ts');
  try {
    return { arn: await callerIdentity(settings, record.credentials) };
  } catch (thrown) {
    const error = asDaypassError(thrown);
    // Then STS was not asked.
    if (error.code === 'unsafe-environment') throw error;
    return { error };
  }
}

function stateLines({ settings }: Context, state: SessionState, now: number): string[] {
  const { record, signIn, usable, silent } = state;
  if (record)
    return [usable ? 'signed in' : 'expired', sessionSummary(settings, record, signIn, now).trimEnd()];
  if (!signIn) return [`profile ${settings.profile} is not signed in`];
  const role = parseRoleArn(settings.roleArn);
  return [
    'signed in, with no credentials of this role yet',
    `  identity  ${printable(signIn.name)}`,
    `  role      ${role?.name} in account ${role?.account}`,
    `  then      ${silent ? 'given without a browser' : 'the browser opens'}`,
  ];
}

function failureLines({ error, at }: NonNullable<SessionState['failure']>): string[] {
  return errorLines(`failure   ${new Date(at).toISOString()}`, error);
}

function errorLines(label: string, error: ErrorReport): string[] {
  return [
    `  ${label} ${error.code}: ${printable(error.faults.join('; '))}`,
    ...(error.hint ? [`            ${printable(hintText(error.hint), longestHint)}`] : []),
  ];
}

interface Look {
  profile: string;
  /** What `--json` prints of it. */
  facts: object;
  /** Its line for a person. */
  cells: string[];
  error?: DaypassError;
}

async function lookAt({ open, switches }: Call, profile: string): Promise<Look> {
  try {
    const context = open(profile);
    const now = Date.now();
    const state = await stateOf(context, now);
    const verdict = switches.has('verify') && state.usable ? await verified(context, state) : undefined;
    const role = parseRoleArn(context.settings.roleArn);
    const { record, signIn, usable, silent, failure } = state;
    const rest = silent ? ', renews without a browser' : '';
    const left = record && usable ? `${timeLeft(remaining(record, now))}${rest}` : `no credentials${rest}`;
    return {
      profile,
      facts: factsOf(context, state, now, verdict),
      cells: [
        profile,
        `${role?.account} ${role?.name}`,
        printable(signIn?.name ?? '-'),
        context.settings.store,
        signIn || usable ? left : 'not signed in',
        [
          ...(failure ? [`${new Date(failure.at).toISOString()} ${failure.error.code}`] : []),
          ...(verdict?.error ? [`not verified: ${verdict.error.code}`] : []),
        ].join(', '),
      ],
      ...(verdict?.error ? { error: verdict.error } : {}),
    };
  } catch (thrown) {
    const error = asDaypassError(thrown);
    const report: ErrorReport = error.toReport();
    return {
      profile,
      facts: { profile, error: reportForPrograms(report) },
      cells: [profile, `${error.code}: ${printable(error.faults[0] ?? '')}`],
      error,
    };
  }
}

/** With the hint as one line, as a terminal shows it. */
function reportForPrograms({ hint, ...report }: ErrorReport): object {
  return { ...report, ...(hint ? { hint: hintText(hint) } : {}) };
}

function table(all: readonly Look[]): string {
  const rows = [
    ['PROFILE', 'ROLE', 'SIGNED IN AS', 'STORE', 'CREDENTIALS', 'LAST FAILURE'],
    ...all.map(({ cells }) => cells),
  ];
  const width = (column: number) =>
    Math.max(...rows.filter((row) => row.length > column + 1).map((row) => row[column]?.length ?? 0));
  return `${rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(width(column))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

function factsOf(
  { settings }: Context,
  state: SessionState,
  now: number,
  verdict: Verdict | undefined,
): object {
  const { record, signIn, usable, silent, failure } = state;
  return {
    profile: settings.profile,
    signedIn: usable || silent,
    identity: signIn?.name ?? null,
    issuer: settings.issuer,
    roleArn: settings.roleArn,
    account: parseRoleArn(settings.roleArn)?.account,
    expiration: record?.credentials.expiration ?? null,
    secondsLeft: record ? Math.max(0, Math.floor(remaining(record, now) / 1000)) : 0,
    refreshable: silent,
    notes: sessionNotes(record, signIn),
    ...(verdict?.arn ? { verifiedArn: verdict.arn } : {}),
    ...(verdict?.error ? { verifyError: reportForPrograms(verdict.error.toReport()) } : {}),
    store: settings.store,
    lastFailure: failure
      ? { ...reportForPrograms(failure.error), at: new Date(failure.at).toISOString() }
      : null,
  };
}
