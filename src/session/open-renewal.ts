import { connectToHolder } from '../state/lock.ts';

/** Returns whether a renewal of this sign-in runs or is being started, or cannot be asked. */
export async function isRenewing(folder: string): Promise<boolean> {
  for (const name of ['start', 'renewal']) {
    try {
      const holder = await connectToHolder(folder, name);
      holder?.destroy();
      if (holder) return true;
    } catch {
      return true;
    }
  }
  return false;
}
