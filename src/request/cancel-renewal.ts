import { connectToHolder } from '../state/lock.ts';
import { closed } from './follow-renewal.ts';
import { send } from './protocol.ts';

/** Cancels the running renewal, if any, and waits at most 30 s until its lock is free. */
export async function cancelRenewal(folder: string): Promise<void> {
  const holder = await connectToHolder(folder, 'renewal');
  if (!holder) return;
  send(holder, { type: 'cancel' });
  await closed(holder, { patience: 30_000, interrupted: undefined });
}
