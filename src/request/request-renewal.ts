import type { Socket } from 'node:net';
import type { Presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { readIndexEntry } from '../session/sign-in-index.ts';
import type { Settings } from '../settings/settings.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { connectToHolder } from '../state/lock.ts';
import { readLastOutcome, resting } from '../state/outcome.ts';
import { type Join, type Outcome, onMessages, type SignInLink, send, type ToReader } from './protocol.ts';
import { signInNeeded } from './sign-in-needed.ts';
import { mayStart, startRenewal } from './start-renewal.ts';

export interface RenewalRequest extends Presence {
  force?: boolean;
  /** Milliseconds to wait. */
  patience: number;
  /** What the store holds now: looked at again whenever somebody else's renewal has ended. */
  look: () => Promise<CredentialsRecord | undefined>;
  /** `paste` hands over the address that a browser elsewhere ended at. */
  onLink?: (event: SignInLink, how: { joined: boolean; paste: (address: string) => void }) => void;
  onPasteRefused?: (reason: string) => void;
  /** The caller can take such an address. */
  pastes?: boolean;
  onRemark?: (text: string) => void;
  /** ^C. */
  interrupted?: AbortSignal;
}

/** How one wait ended, seen from the reader. */
type Ending =
  | { type: 'outcome'; outcome: Outcome; unsaved?: CredentialsRecord }
  | { type: 'lost' }
  | { type: 'died' };

/**
 * Joins the renewal that runs, or starts one, and gives the credentials that come of it. Throws the very error that the renewal
 * met, `sign-in-open` or `renewal-running` when patience ends, `renewal-died`.
 */
export async function requestRenewal(context: Context, request: RenewalRequest): Promise<CredentialsRecord> {
  const { settings, keys, stateDirectory, log } = context;
  const folder = ensurePrivateFolder(stateDirectory, keys.signIn);
  const { interactive, desktop, terminal, pastes } = request;
  const me: Join = { credentials: keys.credentials, interactive, desktop, terminal, pastes };
  log('asks', { interactive, desktop, terminal: terminal !== undefined, force: request.force });
  // By a clock that nobody sets.
  const deadline = performance.now() + request.patience;
  let linkSeen = false;
  let died = false;

  for (let round = 0; ; round++) {
    if (performance.now() >= deadline) throw outOfPatience(settings.profile, linkSeen);
    // Only a first look is up to date: the caller has just made it.
    const found = round > 0 && !request.force ? await request.look() : undefined;
    if (found) return found;

    let ending: Ending | undefined;
    const holder = await connectToHolder(folder, 'renewal');
    if (holder && request.force) {
      // Whatever it brings is not what was asked for, and others may start one again in between.
      send(holder, { type: 'cancel' });
      await ended(holder);
      log('cancelled-another');
      continue;
    }
    if (holder) {
      send(holder, { type: 'join', ...me });
      log('joined');
      ending = await wait(holder, true);
    } else {
      const rest = request.force ? undefined : restsNow();
      if (rest) throw rest;
      ending = await startOne();
    }
    if (ending?.type !== 'outcome') log(`renewal-${ending?.type ?? 'is-started-by-another'}`);
    if (!ending || ending.type === 'lost') continue;
    if (ending.type === 'died') {
      // Once more, unless a person was asked already: a second tab by itself would be a stray one.
      if (died || linkSeen) throw renewalDied(settings);
      died = true;
      continue;
    }
    const { outcome, unsaved } = ending;
    log('answered', {
      ok: outcome.ok,
      ...(outcome.ok ? {} : { code: outcome.error.code, scope: outcome.scope }),
    });
    if (unsaved) {
      if (!outcome.ok)
        request.onRemark?.(`the session could not be saved: ${outcome.error.faults.join('; ')}`);
      return unsaved;
    }
    if (!outcome.ok && binds(outcome, me)) throw DaypassError.fromReport(outcome.error);
    if (outcome.ok && outcome.credentials === me.credentials) {
      const record = await request.look();
      if (record) return record;
      throw new DaypassError('keychain-failed', 'the session was saved and cannot be found again', {
        hint: { command: `daypass login ${settings.signInFlags}` },
      });
    }
  }

  function restsNow(): DaypassError | undefined {
    const rest = resting(readLastOutcome(folder), me.credentials, {
      interactive: me.interactive,
      now: Date.now(),
    });
    if (rest || me.interactive || readIndexEntry(folder)) return rest;
    // Nothing was ever saved for this sign-in, so there is nothing to renew silently.
    return signInNeeded(settings);
  }

  /** Starts a renewal, unless somebody is about to: then waits for that and looks again. */
  async function startOne(): Promise<Ending | undefined> {
    const starting = await mayStart(folder);
    if (!starting) {
      const other = await connectToHolder(folder, 'start');
      if (other) await ended(other);
      return undefined;
    }
    try {
      const pipe = startRenewal(context, { join: me, force: request.force ?? false });
      return await wait(pipe, false, () => void starting.release());
    } finally {
      await starting.release();
    }
  }

  /** Until the other end is gone or patience is over. */
  function ended(socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(), left());
      const interrupt = () => {
        reject(interruptedError());
        socket.destroy();
      };
      if (request.interrupted?.aborted) interrupt();
      request.interrupted?.addEventListener('abort', interrupt);
      socket.resume().on('close', () => {
        clearTimeout(timer);
        request.interrupted?.removeEventListener('abort', interrupt);
        resolve();
      });
    });
  }

  function left(): number {
    return Math.max(0, deadline - performance.now());
  }

  function wait(socket: Socket, joined: boolean, onHolding?: () => void): Promise<Ending> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy();
        reject(outOfPatience(settings.profile, linkSeen));
      }, left());
      const interrupt = () => {
        send(socket, { type: 'interrupt' });
        socket.end(() => reject(interruptedError()));
      };
      if (request.interrupted?.aborted) interrupt();
      request.interrupted?.addEventListener('abort', interrupt);
      const settle = (ending: Ending) => {
        clearTimeout(timer);
        request.interrupted?.removeEventListener('abort', interrupt);
        resolve(ending);
        socket.destroy();
      };
      let held = !joined;
      socket.on('close', () => settle({ type: held ? 'died' : 'lost' }));
      onMessages<ToReader>(socket, (message) => {
        held = true;
        if (message.type === 'holding') onHolding?.();
        else if (message.type === 'link' && !isOurLink(message)) socket.destroy();
        else if (message.type === 'link') {
          linkSeen = true;
          log('link-told', { shown: message.print });
          request.onLink?.(message, { joined, paste: (address) => send(socket, { type: 'paste', address }) });
        } else if (message.type === 'remark') request.onRemark?.(message.text);
        else if (message.type === 'paste-refused') request.onPasteRefused?.(message.reason);
        else if (message.type === 'lost') settle(message);
        // Credentials that are in no store come from the renewal that this call has started, and from nobody else.
        else if (message.type === 'outcome')
          settle(joined ? { type: 'outcome', outcome: message.outcome } : message);
      });
    });
  }
}

/** A link leads to this machine, or to where a code is typed in: whoever holds the lock cannot send a person elsewhere. */
function isOurLink({ link, userCode }: SignInLink): boolean {
  return userCode !== undefined || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\//.test(link);
}

function interruptedError(): DaypassError {
  return new DaypassError('interrupted', 'interrupted');
}

/** Whether somebody else's failure is ours as well. */
function binds(outcome: Extract<Outcome, { ok: false }>, me: Join): boolean {
  if (outcome.scope === 'no-browser') return !me.interactive;
  return outcome.scope === 'sign-in' || outcome.credentials === me.credentials;
}

function outOfPatience(profile: string, linkSeen: boolean): DaypassError {
  return linkSeen
    ? new DaypassError('sign-in-open', `the sign-in of profile ${profile} is still open in the browser`, {
        hint: { advice: 'finish it there', again: true },
      })
    : new DaypassError(
        'renewal-running',
        `the renewal of profile ${profile} takes longer than this call may wait`,
        {
          hint: 'run the command again in a moment',
        },
      );
}

function renewalDied({ profile, signInFlags }: Settings): DaypassError {
  return new DaypassError('renewal-died', `the sign-in of profile ${profile} ended without a result`, {
    hint: { command: `daypass login ${signInFlags}` },
  });
}
