import type { DaypassError } from '../errors.ts';
import { acquireLock, connectToHolder, type HeldLock } from '../state/lock.ts';
import { closed } from './follow-renewal.ts';
import { longestSilence, unanswered } from './foreign-holder.ts';
import { send } from './protocol.ts';

/**
 * Ends the renewal of a sign-in and takes its lock, so that none can store the session again. `cancelled`: a
 * renewal was running. Throws `renewal-running` about `owner` if a lock is not freed within 30 s; `io`.
 */
export async function cancelRenewal(
  folder: string,
  owner: string,
): Promise<{ lock: HeldLock; cancelled: boolean }> {
  const holderOf = (name: string) =>
    connectToHolder(folder, name).catch((error: DaypassError) => {
      throw unanswered(owner, error);
    });
  const limits = { patience: longestSilence, interrupted: undefined };
  let cancelled = false;
  for (let attempt = 0; attempt < 5; attempt++) {
    // A caller that starts a renewal holds this until the renewal has its own lock.
    const starting = await holderOf('start');
    if (starting && !(await closed(starting, limits))) break;
    const holder = await holderOf('renewal');
    // Another `logout` says nothing.
    holder?.once('data', () => {
      cancelled = true;
    });
    if (holder) send(holder, { type: 'cancel', by: 'logout' });
    if (holder && !(await closed(holder, limits))) break;
    const lock = await acquireLock(folder, 'renewal');
    if (lock) return { lock, cancelled };
  }
  throw unanswered(owner);
}
