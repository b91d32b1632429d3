import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Loopback } from '../browser/loopback-server.ts';
import { asDaypassError, DaypassError, type Hint } from '../errors.ts';
import { aboutProcess, type Log, logCrash, openLog } from '../log.ts';
import { logRequests } from '../network/request-log.ts';
import { deferred } from '../process/deferred.ts';
import { privatePipe } from '../process/private-pipe.ts';
import { type CancelledBy, type Outcome, onMessages, send, type ToRenewal } from '../request/protocol.ts';
import { loginHint } from '../request/sign-in-needed.ts';
import { sessionKeys } from '../session/keys.ts';
import type { CredentialsRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { acquireLock } from '../state/lock.ts';
import { endCoolDowns, noteFailure } from '../state/outcome.ts';
import { openStore } from '../store/open-store.ts';
import { revokeUnsaved } from './adopt-sign-in.ts';
import type { RenewalContext } from './context.ts';
import { Failed } from './failed.ts';
import { renew } from './renew.ts';
import { SessionWriter } from './session-writer.ts';
import { Waiters } from './waiters.ts';

/**
 * Takes the lock, renews, frees the lock and reports to waiters. Returns the listener if a tab may still come for a
 * page: the caller keeps that alone, and nothing here that holds a secret.
 */
async function main(
  starter: Socket,
  start: Extract<ToRenewal, { type: 'start' }>,
): Promise<Loopback | undefined> {
  const { settings, force } = start;
  log = openLog(settings.log, 'renewal');
  if (settings.log) {
    log('began', { profile: settings.profile, ...aboutProcess() });
    logRequests(log, process.env);
  }
  const keys = sessionKeys(settings);
  const folder = ensurePrivateFolder(start.stateDirectory, keys.signIn, log);
  const waiters = new Waiters(log);
  const lock = await acquireLock(folder, 'renewal', (socket) => waiters.admit(socket));
  if (!lock) {
    log('lock-lost');
    send(starter, { type: 'lost' });
    starter.end();
    return undefined;
  }
  log('lock-taken', { profile: settings.profile, force });
  admitted.resolve(waiters.admitStarter(starter, start.join));

  const cancelled = deferred<never>();
  cancelled.promise.catch(() => {});
  waiters.onCancel = (by) => {
    log('cancel', { by });
    cancelled.reject(cancelledBy(by, settings));
  };
  const store = await openStore(settings, folder);
  const session = { settings, keys, folder, store, log };
  const writer = new SessionWriter(session);
  const context: RenewalContext = { ...session, writer, waiters, force, umask, cancelled: cancelled.promise };
  const { outcome, unsaved } = await conclude(context);
  store.close();
  // Free the lock before the report, because a waiter may want it next.
  const freed = lock.release();
  waiters.finish(outcome, unsaved);
  await freed;
  // Only this process knows a refresh token that could not be saved, so it is revoked before the end.
  await Promise.race([Promise.all([waiters.left(), revokeLost(context)]), sleep(10_000)]);
  return context.tab?.loopback;
}

/** Waits until no tab needs a page any more. The process holds at most the lock of a fixed port, and gives it away. */
async function keepPage(loopback: Loopback | undefined): Promise<void> {
  if (!loopback) return;
  showName('daypass: page of an ended sign-in');
  await loopback.closed;
}

/** Names this process for a person who lists the processes, on Linux: macOS would load its window system for that. */
function showName(name: string): void {
  if (process.platform !== 'linux') return;
  process.title = name;
  try {
    // The title that Bun sets is not visible outside. Linux shortens this name.
    writeFileSync('/proc/self/comm', name);
  } catch {
    // The name is only information.
  }
}

function cancelledBy(by: 'interrupt' | CancelledBy, settings: Settings): DaypassError {
  const faults = {
    interrupt: 'you cancelled this sign-in',
    login: 'another command (daypass login --force) replaced this sign-in',
    logout: 'another command (daypass logout) ended this sign-in',
  };
  // A program of an earlier version does not say who it is.
  const fault = Object.hasOwn(faults, by) ? faults[by] : 'another command ended this sign-in';
  const newer: Hint = { advice: 'finish the newer sign-in', again: true };
  return new DaypassError('cancelled', fault, { hint: by === 'login' ? newer : loginHint(settings) });
}

/** Renews, stores the outcome for later calls and shows the page in the browser. */
async function conclude(context: RenewalContext): Promise<{ outcome: Outcome; unsaved?: CredentialsRecord }> {
  const { folder, keys, log, writer, waiters } = context;
  const { credentials } = keys;
  const remember = (action: () => void) => {
    try {
      action();
    } catch (error) {
      // For example a full disk. The outcome is the same, only cool-downs are wrong.
      log('unnoted', { code: asDaypassError(error).code });
    }
  };
  try {
    const { record, signIn } = await renew(context);
    const { failure: unsaved } = writer;
    if (unsaved) {
      const failure = unsaved.toReport();
      // The caller that started this gets its credentials. Other waiters would not find them in the store.
      log('outcome', { ok: true, unsaved: failure.code });
      remember(() => noteFailure(folder, new Failed(unsaved, 'sign-in'), credentials, Date.now()));
      context.tab?.loopback.show(context.tab.pages.notSaved(failure, waiters.starterWaits));
      return { outcome: { ok: false, scope: 'sign-in', credentials, error: failure }, unsaved: record };
    }
    log('outcome', { ok: true });
    remember(() => endCoolDowns(folder, credentials));
    const details = {
      identity: signIn?.name ?? record.sub,
      expires: record.credentials.expiration,
      left: record.lifetime,
      waiting: waiters.anyFor(credentials),
      refreshable: signIn?.refreshToken !== undefined,
    };
    context.tab?.loopback.show(context.tab.pages.signedIn(details));
    return { outcome: { ok: true, credentials, identity: signIn?.name } };
  } catch (error) {
    const failed = error instanceof Failed ? error : new Failed(asDaypassError(error), 'sign-in');
    logCrash(log, failed.error);
    const report = failed.error.toReport();
    log('outcome', { ok: false, code: report.code, scope: failed.scope, fault: report.faults[0] });
    remember(() => noteFailure(folder, failed, credentials, Date.now()));
    context.tab?.loopback.show(context.tab.pages.failed(report));
    return { outcome: { ok: false, scope: failed.scope, credentials, error: report } };
  }
}

/** Revokes a refresh token that could not be saved, if the provider allows it. */
async function revokeLost({ settings, writer, log }: RenewalContext): Promise<void> {
  const { lostRefreshToken } = writer;
  if (!lostRefreshToken) return;
  try {
    const { Provider } = await import('../oidc/provider.ts');
    await revokeUnsaved(await Provider.discover(settings), lostRefreshToken);
  } catch (error) {
    log('not-revoked', { code: asDaypassError(error).code });
  }
}

/** This process has no stderr, so the log alone tells of an exception that nothing handled. */
function crash(error: unknown): never {
  logCrash(log, asDaypassError(error));
  process.exit(70);
}

process.on('uncaughtException', crash);
const umask = process.umask(0o077);
let log: Log = () => {};
// The private pipe to the caller. A caller that was killed before it sent `start` leaves nothing to do.
const starter = privatePipe();
starter.on('error', () => {});
starter.on('close', () => started || process.exit(0));
let started = false;
const admitted = deferred<(message: ToRenewal) => void>();
onMessages<ToRenewal>(starter, (message) => {
  if (started) {
    // ^C may come while the lock is being taken.
    void admitted.promise.then((hear) => hear(message));
    return;
  }
  if (message.type !== 'start') return;
  started = true;
  main(starter, message)
    .then(keepPage)
    .then(() => process.exit(0), crash);
});
