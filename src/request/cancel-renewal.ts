import { connectToHolder } from '../state/lock.ts';
import { send } from './protocol.ts';

/** Cancels the running renewal, if any, and waits at most `patience` milliseconds until its lock is free. */
export async function cancelRenewal(folder: string, patience = 30_000): Promise<void> {
  const holder = await connectToHolder(folder, 'renewal');
  if (!holder) return;
  send(holder, { type: 'cancel' });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => holder.destroy(), patience);
    holder.resume().on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
