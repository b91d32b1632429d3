import { openBrowser } from '../browser/open.ts';
import { obstacleToTab } from '../browser/presence.ts';
import { asDaypassError, DaypassError } from '../errors.ts';
import { type Log, logCrash } from '../log.ts';
import { watchForCrash } from '../process/crash.ts';
import { signInIdentity, signInKey } from '../session/keys.ts';
import { parseSignInRecord } from '../session/records.ts';
import { readIndexEntry, removeIndexEntry } from '../session/sign-in-index.ts';
import type { ClientSettings, Settings, SignInSettings } from '../settings/settings.ts';
import { forgetOutcome } from '../state/outcome.ts';
import type { Stores } from '../store/open-store.ts';
import type { LogoutReport } from './logout-report.ts';

/** A sign-in to end. */
export interface Target {
  settings: ClientSettings &
    SignInSettings &
    Partial<Pick<Settings, 'browser' | 'browserGiven' | 'nonInteractive'>>;
  stores: Stores;
  folder: string;
  /** Credentials records to delete even if no sign-in record names them. */
  accounts: readonly string[];
  env: NodeJS.ProcessEnv;
  umask: number;
  log?: Log | undefined;
}

/** The end of a refresh token at the provider: the error of a revocation that failed, or a line to print. */
interface Revocation {
  unconfirmed?: DaypassError | undefined;
  remark?: string;
}

/** How a sign-in ended, and whether there was one. */
interface SignedOut extends Revocation {
  known: boolean;
  /** Whether the provider confirmed the revocation; null if there was no refresh token. */
  revoked: boolean | null;
}

const notRevoked =
  'the provider has no revocation endpoint: the refresh token is deleted here, and expires there\n';

/** Revokes and deletes one sign-in. The caller holds its lock. */
export async function signOut(target: Target): Promise<SignedOut> {
  const { settings, stores, folder, accounts, log } = target;
  const key = signInKey(signInIdentity(settings));
  const store = await stores.of(settings, folder);
  // A locked keychain looks empty, and "signed out" would be wrong.
  if (readIndexEntry(folder)) await store.check();
  const record = parseSignInRecord(await store.read(key), settings);
  const known = record !== undefined;
  // Revoke first: a deleted token can never be revoked. Delete even if that fails.
  const revocation = await revokeOrCrash(target, record?.refreshToken);
  const { unconfirmed, remark } = revocation;
  const confirmed = !unconfirmed && !remark;
  log?.('revocation', { token: record?.refreshToken !== undefined, confirmed });
  for (const account of new Set([...(record?.credentials ?? []), ...accounts, key])) {
    await store.delete(account);
  }
  forgetOutcome(folder);
  removeIndexEntry(folder);
  log?.('deleted', { known });
  return { known, revoked: record?.refreshToken === undefined ? null : confirmed, ...revocation };
}

/** Revokes the token. An exception in an event listener of the network does not prevent the deletion. */
async function revokeOrCrash({ settings, log = () => {} }: Target, token?: string): Promise<Revocation> {
  const { crashed, stop } = watchForCrash();
  try {
    return await Promise.race([revoke(settings, token), crashed]);
  } catch (thrown) {
    const error = asDaypassError(thrown);
    logCrash(log, error);
    return { unconfirmed: error };
  } finally {
    stop();
  }
}

/** Revokes the token. Returns the error if that is not confirmed, or a remark if the provider cannot revoke. */
async function revoke(settings: ClientSettings, token?: string): Promise<Revocation> {
  if (!token) return {};
  try {
    const { Provider } = await import('../oidc/provider.ts');
    const provider = await Provider.discover(settings);
    const revoked = await provider.revoke(token);
    return revoked ? {} : { remark: notRevoked };
  } catch (error) {
    if (!(error instanceof DaypassError))
      return { unconfirmed: unconfirmed('the provider did not confirm it') };
    const hint = error.code === 'unsafe-environment' ? 'remove it before you sign in again' : undefined;
    return { unconfirmed: unconfirmed(error.message, hint) };
  }
}

function unconfirmed(why: string, hint = 'if the session must end now, end it at the provider') {
  const fault = `the refresh token was deleted here, but not revoked: ${why}`;
  return new DaypassError('revocation-unconfirmed', fault, { hint });
}

/**
 * Opens the provider's sign-out page: its own session is in the browser, so the browser must go there (OpenID
 * Connect RP-Initiated Logout 1.0, section 2). Throws `unsafe-environment` and what discovery throws.
 */
export async function openSignOutPage({ settings, env, umask }: Target, report: LogoutReport): Promise<void> {
  const { discover } = await import('../oidc/discovery.ts');
  const { isSafeEndpoint } = await import('../oidc/endpoint-gate.ts');
  const { end_session_endpoint: endpoint } = (await discover(settings)).metadata;
  if (!isSafeEndpoint(endpoint)) {
    report.say(`${settings.issuer} has no sign-out page\n`);
    return;
  }
  const page = new URL(endpoint);
  // No ID token as a hint: other programs see the link.
  page.searchParams.set('client_id', settings.clientId);
  report.signOutPage(page.href);
  if (obstacleToTab(settings, env)) return;
  // Best effort: the link is printed, so a person can open it without this.
  await openBrowser(settings.browser, page.href, { umask, onFailure: () => {} }).catch(() => {});
}
