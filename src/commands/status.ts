import { daypassProfiles } from '../aws-config/config-file.ts';
import { presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { loginHint } from '../request/sign-in-needed.ts';
import { SessionReader } from '../session/state.ts';
import { assertPrivateFolder, stateDirectory } from '../state/directory.ts';
import { type Stores, withStores } from '../store/open-store.ts';
import { columns } from '../terminal/columns.ts';
import { notSetUp, writeOut } from '../terminal/terminal.ts';
import { awsWarning } from './aws-warning.ts';
import type { Call } from './command.ts';
import { errorFacts, json } from './json.ts';
import { sessionFacts } from './session-facts.ts';
import { type Row, type Status, statusList, statusText } from './status-text.ts';

export const help = `daypass status [PROFILE] [--json] [--verbose] [--verify] [--check-updates]

Prints who is signed in, with which role, until when, what the next call does,
whether the session renews without a browser, and the last failure. Opens no
browser, and no connection without --verify or --check-updates. Lists every
profile that uses daypass if neither PROFILE nor AWS_PROFILE names one.

  --json            print one line of JSON (docs/status.md)
  --verbose         show what the ID token tells AWS (subject, tags, source
                    identity), and the session policy
  --verify          ask AWS whose credentials these are
  --check-updates   read the team's file of each profile that configure --from
                    wrote, and say which profiles are behind
`;

/** Prints the stored session of one profile, or of all. Returns the exit code, throws a DaypassError. */
export async function run(call: Call): Promise<number> {
  const { flags, surroundings, config } = call;
  assertPrivateFolder(stateDirectory(surroundings.env, surroundings.home));
  const one = flags.has('profile') || surroundings.env.AWS_PROFILE;
  const profiles = one ? [] : daypassProfiles(config());
  if (profiles.length > 0) return await showAll(call, profiles);
  try {
    // If the file has no such profile, flags and environment may hold all settings.
    return await showOne(call);
  } catch (error) {
    if (asDaypassError(error).code !== 'not-set-up') throw error;
    writeOut(call.switches.has('json') ? json({ profiles: [] }) : notSetUp);
    return 0;
  }
}

async function showOne(call: Call): Promise<number> {
  const { switches, open } = call;
  const stored = await withStores((stores) => statusOf(call, open(), readerOf(call, stores)));
  const status = switches.has('verify') ? await verified(stored) : stored;
  const updates = await updatesOf(call, status.settings.profile);
  const facts = {
    ...sessionFacts(status),
    ...updates?.ofProfile(status.settings.profile),
    ...updates?.facts,
  };
  writeOut(switches.has('json') ? json(facts) : statusText(status, updates?.lines));
  return status.error?.exitCode ?? 0;
}

/** Returns what `--check-updates` finds about the team's files of all profiles, or of one; undefined without it. */
async function updatesOf({ switches, config, surroundings: { home } }: Call, profile?: string) {
  if (!switches.has('check-updates')) return undefined;
  const { checkUpdates, updateState } = await import('../team/updates.ts');
  const { updateFacts, updateLines } = await import('../team/updates-text.ts');
  const updates = await checkUpdates(config(), home, profile);
  const sources = updates.map((update) => ({
    ...updateFacts(update),
    ...(update.error ? { error: errorFacts(update.error.toReport()) } : {}),
  }));
  const none = 'no profile came from the file of a team (daypass configure --from)';
  return {
    facts: { sources },
    lines: updates.length > 0 ? updateLines(updates, columns()) : [none],
    ofProfile: (name: string) => updateState(name, updates, config()),
  };
}

async function showAll(call: Call, profiles: readonly string[]): Promise<number> {
  const found = await withStores((stores) => {
    const sessions = readerOf(call, stores);
    return Promise.allSettled(profiles.map(async (profile) => statusOf(call, call.look(profile), sessions)));
  });
  const rows: Row[] = [];
  // One after another: --verify asks STS.
  for (const [index, profile] of profiles.entries()) {
    const read = found[index];
    if (read) rows.push(await rowOf(call, profile, read));
  }
  const updates = await updatesOf(call);
  const facts = rows.map((row) => ({ ...row.facts, ...updates?.ofProfile(row.profile) }));
  writeOut(
    call.switches.has('json')
      ? json({ profiles: facts, ...updates?.facts })
      : statusList(rows, updates?.lines),
  );
  return rows.find(({ error }) => error)?.error?.exitCode ?? 0;
}

function readerOf({ surroundings: { env } }: Call, stores: Stores): SessionReader {
  return new SessionReader(stores, (settings) => presence(settings, env).interactive);
}

async function statusOf(
  { config, switches }: Call,
  context: Context,
  sessions: SessionReader,
): Promise<Status> {
  const { settings } = context;
  const verbose = switches.has('verbose');
  const state = await sessions.read(context);
  return {
    ...state,
    settings,
    now: sessions.now,
    verbose,
    warning: awsWarning(context, config(), { record: state.next.usable }),
  };
}

/** Asks STS with the stored credentials. An error hides nothing that needs no STS. */
async function verified(status: Status): Promise<Status> {
  const { settings, next } = status;
  try {
    if (!next.usable) {
      const fault = 'there are no valid credentials of this role to ask with';
      throw new DaypassError('sign-in-needed', fault, { hint: loginHint(settings) });
    }
    const { callerIdentity } = await import('../aws/sts.ts');
    return { ...status, arn: await callerIdentity(settings, next.usable.credentials) };
  } catch (thrown) {
    return { ...status, error: asDaypassError(thrown) };
  }
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
    const status = switches.has('verify') && stored.next.usable ? await verified(stored) : stored;
    return { profile, facts: sessionFacts(status), status, error: status.error };
  } catch (thrown) {
    const error = asDaypassError(thrown);
    return { profile, facts: { profile, error: errorFacts(error.toReport()) }, error };
  }
}
