import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asDaypassError, DaypassError, systemCode } from '../errors.ts';
import { aboutProcess, type Log, openLog } from '../log.ts';
import { logRequests } from '../network/request-log.ts';
import { deferred } from '../process/deferred.ts';
import { type Outcome, onMessages, send, type ToRenewal } from '../request/protocol.ts';
import { sessionKeys } from '../session/keys.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { noRefreshToken } from '../session/summary.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { acquireLock } from '../state/lock.ts';
import { endRests, noteFailure } from '../state/outcome.ts';
import { openStore } from '../store/open-store.ts';
import { forget } from './adopt-sign-in.ts';
import type { RenewalContext } from './context.ts';
import { Failed } from './failed.ts';
import { renew } from './renew.ts';
import { SessionWriter } from './session-writer.ts';
import { Waiters } from './waiters.ts';

/**
 * The detached process: takes the lock, renews, tells everyone how it went, frees the lock, and stays only until the browser
 * has its page. Whoever started it may be long gone. File descriptor 3 is the private pipe to that caller.
 */
async function main(starter: Socket, start: Extract<ToRenewal, { type: 'start' }>): Promise<void> {
  const { settings, force } = start;
  log = openLog(settings.log, 'renewal');
  if (settings.log) {
    log('began', { profile: settings.profile, ...aboutProcess() });
    logRequests(log, process.env);
  }
  const keys = sessionKeys(settings);
  const folder = ensurePrivateFolder(start.stateDirectory, keys.signIn);
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
    cancelled.reject(cancelledError(settings.signInFlags));
  };
  const store = await openStore(settings, folder);
  const context: RenewalContext = {
    settings,
    keys,
    folder,
    store,
    writer: new SessionWriter(settings, keys, folder, store, log),
    waiters,
    log,
    force,
    umask,
    cancelled: cancelled.promise,
  };
  const { outcome, unsaved } = await conclude(context);
  store.close();
  // Before anyone hears of the end: the lock may be what they want next.
  const freed = lock.release();
  waiters.finish(outcome, unsaved);
  await freed;
  // The callers have what there is, and so the one thing that only this process knows need not outlive it.
  const ending = [context.tab?.delivered, waiters.left(), revokeLost(context)];
  await Promise.race([Promise.all(ending), sleep(10_000)]);
  context.tab?.close();
}

/** Renews, and leaves behind what later calls and the page in the browser say of it. */
async function conclude(context: RenewalContext): Promise<{ outcome: Outcome; unsaved?: CredentialsRecord }> {
  const { folder, keys, log, writer } = context;
  const { credentials } = keys;
  const remember = (action: () => void) => {
    try {
      action();
    } catch (error) {
      // A full disk, say. What was reached is as true without it, and later calls only try sooner or rest longer.
      log('unnoted', { code: asDaypassError(error).code });
    }
  };
  try {
    const { record, signIn } = await renew(context);
    const { failure: unsaved } = writer;
    if (unsaved) {
      const failure = unsaved.toReport();
      // The caller that started this gets its credentials all the same; the others would find nothing in the store.
      log('outcome', { ok: true, unsaved: failure.code });
      remember(() => noteFailure(folder, new Failed(unsaved, 'sign-in'), credentials, Date.now()));
      context.tab?.fail({
        ...failure,
        faults: ['you are signed in, but the session could not be saved', ...failure.faults],
      });
      return { outcome: { ok: false, scope: 'sign-in', credentials, error: failure }, unsaved: record };
    }
    log('outcome', { ok: true });
    remember(() => endRests(folder, credentials));
    context.tab?.succeed({
      identity: signIn?.name ?? record.sub,
      expires: record.credentials.expiration,
      left: record.lifetime,
      remark: signIn?.refreshToken
        ? undefined
        : `The browser opens again when this session ends: ${noRefreshToken}.`,
    });
    return { outcome: { ok: true, credentials } };
  } catch (error) {
    const failed = error instanceof Failed ? error : new Failed(asDaypassError(error), 'sign-in');
    const report = failed.error.toReport();
    log('outcome', { ok: false, code: report.code, scope: failed.scope, fault: report.faults[0] });
    remember(() => noteFailure(folder, failed, credentials, Date.now()));
    context.tab?.fail(report);
    return { outcome: { ok: false, scope: failed.scope, credentials, error: report } };
  }
}

/** A refresh token that could not be saved must not stay alive unknown to everyone, where the provider allows it. */
async function revokeLost({ settings, writer, log }: RenewalContext): Promise<void> {
  const { lostRefreshToken: refreshToken } = writer;
  if (!refreshToken) return;
  try {
    const { Provider } = await import('../oidc/provider.ts');
    await forget(await Provider.discover(settings), { refreshToken });
  } catch (error) {
    log('not-revoked', { code: asDaypassError(error).code });
  }
}

function cancelledError(signInFlags: string): DaypassError {
  return new DaypassError('cancelled', 'the sign-in was cancelled', {
    hint: { command: `daypass login ${signInFlags}` },
  });
}

// Nobody reads this process's stderr, and a stack could hold what it must not tell.
process.on('uncaughtException', (error) => {
  log('crashed', { error: error.name, code: systemCode(error) });
  process.exit(70);
});
const umask = process.umask(0o077);
let log: Log = () => {};
const starter = new Socket({ fd: 3 });
// Killed between its start and its order: without an order there is nothing to do.
starter.on('error', () => {});
starter.on('close', () => started || process.exit(0));
let started = false;
onMessages<ToRenewal>(starter, (message) => {
  if (message.type !== 'start' || started) return;
  started = true;
  main(starter, message).then(
    () => process.exit(0),
    () => process.exit(70),
  );
});
