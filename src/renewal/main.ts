import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asDaypassError, DaypassError } from '../errors.ts';
import { aboutProcess, type Log, logCrash, openLog } from '../log.ts';
import { logRequests } from '../network/request-log.ts';
import { deferred } from '../process/deferred.ts';
import { type Outcome, onMessages, send, type ToRenewal } from '../request/protocol.ts';
import { loginHint } from '../request/sign-in-needed.ts';
import { sessionKeys } from '../session/keys.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { noRefreshToken } from '../session/summary.ts';
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

/** Takes the lock, renews, frees the lock, reports to waiters, and stays until the browser has its page. */
async function main(starter: Socket, start: Extract<ToRenewal, { type: 'start' }>): Promise<void> {
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
    return;
  }
  log('lock-taken', { profile: settings.profile, force });
  waiters.admitStarter(starter, start.join);

  const cancelled = deferred<never>();
  cancelled.promise.catch(() => {});
  waiters.onCancel = () => {
    log('cancel');
    const hint = loginHint(settings);
    cancelled.reject(new DaypassError('cancelled', 'the sign-in was cancelled', { hint }));
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
  const ending = [context.tab?.loopback.delivered, waiters.left(), revokeLost(context)];
  await Promise.race([Promise.all(ending), sleep(10_000)]);
  context.tab?.loopback.close();
}

/** Renews, stores the outcome for later calls and shows the page in the browser. */
async function conclude(context: RenewalContext): Promise<{ outcome: Outcome; unsaved?: CredentialsRecord }> {
  const { folder, keys, log, writer } = context;
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
      const faults = ['you are signed in, but the session could not be saved', ...failure.faults];
      context.tab?.loopback.show(context.tab.pages.failed({ ...failure, faults }));
      return { outcome: { ok: false, scope: 'sign-in', credentials, error: failure }, unsaved: record };
    }
    log('outcome', { ok: true });
    remember(() => endCoolDowns(folder, credentials));
    const remark = `The browser opens again when this session ends: ${noRefreshToken}.`;
    const details = {
      identity: signIn?.name ?? record.sub,
      expires: record.credentials.expiration,
      left: record.lifetime,
      remark: signIn?.refreshToken ? undefined : remark,
    };
    context.tab?.loopback.show(context.tab.pages.signedIn(details));
    return { outcome: { ok: true, credentials } };
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
const starter = new Socket({ fd: 3 });
starter.on('error', () => {});
starter.on('close', () => started || process.exit(0));
let started = false;
onMessages<ToRenewal>(starter, (message) => {
  if (message.type !== 'start' || started) return;
  started = true;
  main(starter, message).then(() => process.exit(0), crash);
});
