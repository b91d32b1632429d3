import type { Context } from '../context.ts';
import { canRenewSilently, freshness } from '../session/freshness.ts';
import { type CredentialsRecord, parseCredentialsRecord } from '../session/records.ts';
import { openStore } from '../store/open-store.ts';
import { hasTerminal } from '../terminal/terminal.ts';
import { renewed } from './await-renewal.ts';
import { toTheEnd } from './protocol.ts';

/**
 * Credentials for a program that cannot ask again: with a good while left if that needs nobody, else what there is, else those of a
 * sign-in, for which a terminal waits to the end. Throws a DaypassError.
 */
export async function credentialsAtHand(context: Context): Promise<CredentialsRecord> {
  const { settings, keys, folder } = context;
  const store = await openStore(settings, folder);
  try {
    const look = async () => parseCredentialsRecord(await store.read(keys.credentials), settings);
    const stored = await look();
    const state = stored ? freshness(stored, Date.now()) : 'expired';
    const usable = state === 'expired' ? undefined : stored;
    if (usable && (state === 'fresh' || !canRenewSilently(usable, Date.now()))) return usable;
    const patience = hasTerminal() ? toTheEnd : settings.timeout * 1000;
    return await renewed(context, { look, usable, patience });
  } finally {
    store.close();
  }
}
