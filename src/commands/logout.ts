import { openBrowser } from '../browser/open.ts';
import { opensTab } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { cancelRenewal } from '../request/cancel-renewal.ts';
import { type SignInIdentity, signInIdentity, signInKey } from '../session/keys.ts';
import { parseSignInRecord, type SignInRecord } from '../session/records.ts';
import { knownSignIns, readIndexEntry, removeIndexEntry } from '../session/sign-in-index.ts';
import type { ClientSettings, Settings, SignInSettings } from '../settings/settings.ts';
import { ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import { acquireLock, type HeldLock } from '../state/lock.ts';
import { forgetOutcome } from '../state/outcome.ts';
import { openStore } from '../store/open-store.ts';
import { writeError, writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass logout [--profile P | --all] [--idp]

Revokes the refresh token where the provider can, and deletes every keychain
entry of the sign-in, those of all its roles; offline too. AWS credentials that
were handed out before stay valid until they expire.

  --all   every sign-in that is kept here, under whatever profile or flags
  --idp   also open the provider's own sign-out page in the browser
`;

/**
 * Revokes refresh tokens where the provider can (RFC 7009) and deletes every record of the sign-in, offline too. Gives the
 * exit code: 0, or that of `revocation-unconfirmed` when a provider did not say yes. Throws a DaypassError.
 */
export async function run(call: Call): Promise<number> {
  const idp = call.switches.has('idp');
  if (call.switches.has('all')) return await signOutAll(call, idp);
  const { settings, keys, stateDirectory: state, env, umask, log } = call.open();
  const { profile } = settings;
  const folder = ensurePrivateFolder(state, keys.signIn);
  const target = { settings, folder, accounts: [keys.credentials], env, umask, log };
  const { known, unconfirmed } = await signOut(target);
  writeOut(
    known
      ? `signed out ${profile}: nothing of the session is kept here any more\n${lives}`
      : `profile ${profile} was not signed in\n`,
  );
  if (unconfirmed) writeError(unconfirmed);
  if (idp) await openSignOutPage(target);
  return unconfirmed?.exitCode ?? 0;
}

const lives = 'AWS credentials that were handed out before stay valid until they expire\n';

/** All that the index knows; one that fails does not keep the others. */
async function signOutAll({ look, surroundings, flags }: Call, idp: boolean): Promise<number> {
  if (flags.has('profile')) {
    throw new DaypassError('usage', '--all and --profile do not go together', {
      hint: 'leave one of them out',
    });
  }
  const { env, home, umask } = surroundings;
  const known = knownSignIns(stateDirectory(env, home));
  if (known.size === 0) writeOut('nobody was signed in\n');
  let code = 0;
  for (const [folder, { identity, profiles }] of known) {
    const [issuer, clientId, scopes, parameters, store] = identity;
    const authorizeParams = Object.fromEntries(parameters);
    const bare = { issuer, clientId, ...(scopes ? { scopes } : {}), authorizeParams, store };
    try {
      const { settings = bare, log } = contextOf(identity, profiles, look) ?? {};
      const target = { settings, folder, accounts: [], env, umask, log };
      const { unconfirmed } = await signOut(target);
      writeOut(`signed out of ${issuer} (${profiles.join(', ')})\n`);
      if (unconfirmed) {
        writeError(unconfirmed);
        code ||= unconfirmed.exitCode;
      }
      if (idp) await openSignOutPage(target);
    } catch (thrown) {
      const error = asDaypassError(thrown);
      writeError(error);
      code ||= error.exitCode;
    }
  }
  if (known.size > 0) writeOut(lives);
  return code;
}

/** As a profile has them that still leads to this sign-in: it may know a client secret, which the index does not. */
function contextOf(
  identity: SignInIdentity,
  profiles: readonly string[],
  look: Call['look'],
): Context | undefined {
  for (const profile of profiles) {
    try {
      const context = look(profile);
      if (context.keys.signIn === signInKey(identity)) return context;
    } catch {
      // Changed or gone since; it is signed out all the same.
    }
  }
  return undefined;
}

interface Target {
  settings: ClientSettings & SignInSettings & Partial<Pick<Settings, 'browser' | 'nonInteractive'>>;
  folder: string;
  /** Credentials records to delete even if no sign-in record names them. */
  accounts: readonly string[];
  env: NodeJS.ProcessEnv;
  umask: number;
  log?: Log | undefined;
}

async function signOut(target: Target): Promise<{ known: boolean; unconfirmed: DaypassError | undefined }> {
  const { settings, folder, accounts, log } = target;
  const key = signInKey(signInIdentity(settings));
  const lock = await takeLock(folder);
  const store = await openStore(settings, folder);
  try {
    // A locked keychain looks empty, and "signed out" would be untrue.
    if (readIndexEntry(folder)) await store.check();
    const record = parseSignInRecord(await store.read(key), settings);
    // Revoked first: a token that was deleted could never be revoked. Deleted in any case.
    const unconfirmed = await revoke(target, record).catch((error: DaypassError) => error);
    log?.('revocation', { token: record?.refreshToken !== undefined, confirmed: !unconfirmed });
    for (const account of new Set([...(record?.credentials ?? []), ...accounts, key])) {
      await store.delete(account);
    }
    forgetOutcome(folder);
    removeIndexEntry(folder);
    log?.('deleted', { known: record !== undefined });
    return { known: record !== undefined, unconfirmed };
  } finally {
    store.close();
    await lock.release();
  }
}

/** The error to tell where the provider did not confirm; undefined where there is nothing to tell. */
async function revoke(
  { settings }: Target,
  record: SignInRecord | undefined,
): Promise<DaypassError | undefined> {
  if (!record?.refreshToken) return undefined;
  const unconfirmed = (why: string, hint: string) =>
    new DaypassError(
      'revocation-unconfirmed',
      `the refresh token was deleted here, but not revoked: ${why}`,
      { hint },
    );
  const { Provider } = await import('../oidc/provider.ts');
  try {
    const provider = await Provider.discover(settings);
    if (await provider.revoke(record.refreshToken)) return undefined;
    return unconfirmed(
      'the provider has no revocation endpoint',
      'end the session at the provider if it must not live on',
    );
  } catch (error) {
    const why = error instanceof DaypassError ? error.message : 'the provider did not confirm it';
    return unconfirmed(why, 'end the session at the provider if it must not live on');
  }
}

/** The provider's own session is in the browser, so that is what has to go there (OpenID Connect RP-Initiated Logout 1.0, 2). */
async function openSignOutPage({ settings, env, umask }: Target): Promise<void> {
  const [{ discover }, { isSafeEndpoint }] = await Promise.all([
    import('../oidc/discovery.ts'),
    import('../oidc/endpoint-gate.ts'),
  ]);
  const { end_session_endpoint: endpoint } = (await discover(settings.issuer)).metadata;
  if (!isSafeEndpoint(endpoint)) {
    writeOut(`${settings.issuer} has no sign-out page\n`);
    return;
  }
  const page = new URL(endpoint);
  // Not the ID token as a hint: a link is seen by other programs.
  page.searchParams.set('client_id', settings.clientId);
  writeOut(`sign out at the provider: ${page.href}\n`);
  if (!opensTab(settings, env)) return;
  // The link is told, so whoever has no browser that starts goes there by it.
  await openBrowser(settings.browser, page.href, { umask, onFailure: () => {} }).catch(() => {});
}

/** Under the lock no renewal can bring back what is deleted here; one that runs is ended first. */
async function takeLock(folder: string): Promise<HeldLock> {
  for (let attempt = 0; attempt < 5; attempt++) {
    await cancelRenewal(folder);
    const lock = await acquireLock(folder, 'renewal');
    if (lock) return lock;
  }
  throw new DaypassError('renewal-running', 'a renewal of this session does not end', {
    hint: 'run the command again in a moment',
  });
}
