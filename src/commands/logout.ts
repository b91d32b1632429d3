import { daypassProfiles } from '../aws-config/config-file.ts';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import { cancelRenewal } from '../request/cancel-renewal.ts';
import { type SignInIdentity, signInKey } from '../session/keys.ts';
import { isRenewing } from '../session/open-renewal.ts';
import { type IndexEntry, readIndexEntry, signInFolders } from '../session/sign-in-index.ts';
import { profileToUse } from '../settings/sources.ts';
import { ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import { forgetOutcome } from '../state/outcome.ts';
import { type Stores, withStores } from '../store/open-store.ts';
import { printable } from '../terminal/printable.ts';
import { someOf } from '../terminal/some-of.ts';
import { chooseSignIn, profilesSharing } from './choose-profile.ts';
import type { Call } from './command.ts';
import { LogoutReport } from './logout-report.ts';
import { openSignOutPage, signOut, type Target } from './sign-out.ts';

export const help = `daypass logout [PROFILE | --all] [--idp] [--json]

Revokes the refresh token, if the provider supports that, and deletes the
sign-in from this machine, with the credentials of all profiles that share it.
Works offline. AWS credentials that were issued before stay valid until they
expire. It also ends the sign-ins that other flags or settings made for this
profile alone.

  --all   sign out of every sign-in on this machine, of any profile or flags,
          and cancel those that are open
  --idp   also open the provider's own sign-out page in the browser
  --json  print one line of JSON (docs/json.md)
`;

const stillValid = 'AWS credentials that were issued before stay valid until they expire\n';

/**
 * Revokes refresh tokens (RFC 7009) and deletes every record of the sign-in, offline too. Returns 0, or the
 * exit code of `revocation-unconfirmed` if a provider did not confirm. Throws a DaypassError.
 */
export async function run(call: Call): Promise<number> {
  const { switches } = call;
  const report = new LogoutReport(switches.has('json'));
  const signOutWanted = switches.has('all') ? signOutAll : signOutProfile;
  try {
    await withStores((stores) => signOutWanted(call, stores, report));
  } catch (thrown) {
    // The object says which sign-ins were ended before the error.
    if (!switches.has('json') || !(thrown instanceof DaypassError)) throw thrown;
    return report.end(thrown);
  }
  return report.end();
}

/** The flags that name one sign-in of a profile. */
const choosing = ['issuer', 'clientId', 'scopes', 'authorizeParams', 'store', 'sourceProfile'] as const;

/** Ends the sign-in of the profile and, unless a flag names one, those that it got by other flags or settings. */
async function signOutProfile(call: Call, stores: Stores, report: LogoutReport): Promise<void> {
  const { flags, surroundings } = call;
  const chosen = await chooseSignIn(call);
  const profile = profileToUse({ flags, env: surroundings.env }) ?? chosen ?? 'default';
  const isOne = choosing.some((name) => flags.has(name)) || flags.has('envFile');
  const all = isOne ? [] : otherSignIns(call, profile);
  let own: Context | undefined;
  try {
    own = call.open(chosen);
  } catch (error) {
    // The profile may lack what a flag of `login` gave, or it may be deleted.
    if (all.length === 0) throw error;
  }
  const others = all.filter((folder) => folder !== own?.folder);
  const ended = own && signOutOwn(own, stores, call, report, others.length > 0);
  await ended?.catch(() => {});
  await endSignIns(call, stores, others, report, (entry) => `also signed out of ${named(entry.identity)}`);
  await ended;
}

/** Returns the folders of sign-ins that this profile has used, and that are now those of no other profile. */
function otherSignIns({ look, config, surroundings: { env, home } }: Call, profile: string): string[] {
  const profiles = daypassProfiles(config());
  return signInFolders(stateDirectory(env, home)).filter((folder) => {
    try {
      const entry = readIndexEntry(folder);
      if (!entry?.profiles.includes(profile)) return false;
      // Not only those of the index: a profile that finds the credentials of another one is not added to it.
      const others = [...entry.profiles, ...profiles].filter((name) => name !== profile);
      return !contextOf({ ...entry, profiles: others }, look);
    } catch {
      // Other users can change it. `logout --all` and `doctor` report that.
      return false;
    }
  });
}

/** Returns what distinguishes a sign-in from others of the same profile. */
function named([issuer, clientId, scopes, parameters, store]: SignInIdentity): string {
  return [
    `${issuer}, client ${clientId}`,
    ...(scopes ? [`scopes ${scopes.join(' ')}`] : []),
    ...parameters.map(([name, value]) => `${name}=${value}`),
    ...(store === 'file' ? ['store file'] : []),
  ].join(', ');
}

async function signOutOwn(
  context: Context,
  stores: Stores,
  call: Call,
  report: LogoutReport,
  hasOthers: boolean,
): Promise<void> {
  const { settings, keys, stateDirectory: state, env, umask, log } = context;
  const { profile } = settings;
  const folder = ensurePrivateFolder(state, keys.signIn, log);
  const target = { settings, stores, folder, accounts: [keys.credentials], env, umask, log };
  const { lock, cancelled } = await cancelRenewal(folder, `profile ${profile}`);
  try {
    // The store may fail, so print this first.
    const entry = readIndexEntry(folder);
    const unfinished = cancelled && !entry;
    if (unfinished) report.cancelled(`the open sign-in of profile ${profile} was cancelled\n`);
    const { known, revoked, unconfirmed, remark = '' } = await signOut(target);
    const { issuer, clientId } = settings;
    const ended = { issuer, clientId, profiles: entry?.profiles ?? [profile], revoked };
    const deleted = 'its session is deleted from this machine';
    const sharing = someOf(profilesSharing(call, context).map((name) => printable(name)));
    const also = sharing ? `also signed out (same sign-in): ${sharing}\n` : '';
    if (known)
      report.signedOut(ended, `signed out of profile ${profile}: ${deleted}\n${also}${remark}${stillValid}`);
    else if (!unfinished && !hasOthers) report.say(`profile ${profile} was not signed in\n`);
    if (call.switches.has('idp')) await openSignOutPage(target, report);
    if (unconfirmed) throw unconfirmed;
  } finally {
    await lock.release();
  }
}

/** Ends every sign-in that is in the index or open. */
async function signOutAll(call: Call, stores: Stores, report: LogoutReport): Promise<void> {
  if (call.flags.has('profile')) {
    const hint = 'leave one of them out';
    throw new DaypassError('usage', '--all and a profile exclude each other', { hint });
  }
  const { env, home } = call.surroundings;
  const folders: string[] = [];
  for (const folder of signInFolders(stateDirectory(env, home))) {
    try {
      if (readIndexEntry(folder) || (await isRenewing(folder))) folders.push(folder);
    } catch (thrown) {
      report.fail(thrown);
    }
  }
  if (folders.length + report.exitCode === 0) report.say('there are no sign-ins to end\n');
  await endSignIns(call, stores, folders, report, ({ identity }) => `signed out of ${identity[0]}`);
}

/** Ends the sign-ins of these folders, and prints what `say` returns for each. */
async function endSignIns(
  call: Call,
  stores: Stores,
  folders: readonly string[],
  report: LogoutReport,
  say: (entry: IndexEntry) => string,
): Promise<void> {
  // All at once: no person may finish a sign-in while daypass waits for the holder of another.
  const cancelled = folders.map((folder) => cancelRenewal(folder, ownerOf(folder)).catch(report.fail));
  let ended = 0;
  for (const [index, folder] of folders.entries()) {
    const held = await cancelled[index];
    if (!held) continue;
    try {
      const { target, unconfirmed } = await signOutFolder(call, stores, report, folder, held.cancelled, say);
      if (!target) continue;
      ended += 1;
      if (unconfirmed) report.warn(unconfirmed);
      if (call.switches.has('idp')) await openSignOutPage(target, report).catch(report.warn);
    } catch (thrown) {
      report.fail(thrown);
    } finally {
      await held.lock.release();
    }
  }
  if (ended > 0) report.say(stillValid);
}

/** Returns the name of a sign-in for an error. */
function ownerOf(folder: string): string {
  const entry = readIndexEntry(folder);
  return entry ? `${entry.identity[0]} (${someOf(entry.profiles)})` : `a sign-in in ${folder}`;
}

/** Returns the context of a profile that still has this sign-in: the index holds no client secret. */
function contextOf({ identity, profiles }: IndexEntry, look: Call['look']): Context | undefined {
  for (const profile of profiles) {
    try {
      const context = look(profile);
      if (context.keys.signIn === signInKey(identity)) return context;
    } catch {
      // The profile was changed or deleted. The index alone is enough to sign out.
    }
  }
  return undefined;
}

function settingsOf([issuer, clientId, scopes, parameters, store]: SignInIdentity): Target['settings'] {
  const authorizeParams = Object.fromEntries(parameters);
  return { issuer, clientId, ...(scopes ? { scopes } : {}), authorizeParams, store };
}

/** Ends the sign-in of a folder under its lock. Without an index entry, nothing of it was ever stored. */
async function signOutFolder(
  { look, surroundings }: Call,
  stores: Stores,
  report: LogoutReport,
  folder: string,
  cancelled: boolean,
  say: (entry: IndexEntry) => string,
) {
  const { env, umask } = surroundings;
  // Read again: a renewal that was cancelled too late has stored its session.
  const entry = readIndexEntry(folder);
  if (!entry) {
    forgetOutcome(folder);
    if (cancelled) report.cancelled('an open sign-in was cancelled\n');
    return {};
  }
  const { settings = settingsOf(entry.identity), log } = contextOf(entry, look) ?? {};
  const target: Target = { settings, stores, folder, accounts: [], env, umask, log };
  const { revoked, unconfirmed, remark = '' } = await signOut(target);
  const { issuer, clientId } = settings;
  report.signedOut(
    { issuer, clientId, profiles: entry.profiles, revoked },
    `${printable(`${say(entry)} (${someOf(entry.profiles)})`)}\n${remark}`,
  );
  return { target, unconfirmed };
}
