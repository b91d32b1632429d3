import { visibleTerminal } from '../browser/visible-terminal.ts';
import type { Context } from '../context.ts';
import { canRenewSilently, storedCredentials } from '../session/freshness.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { openStore } from '../store/open-store.ts';
import { awaitRenewal } from './await-renewal.ts';
import { toTheEnd } from './protocol.ts';

/**
 * Returns credentials for a program that cannot ask again: fresh ones if that needs no person, else usable
 * ones, else those of a sign-in, for whose end a caller with a terminal waits. Throws a DaypassError.
 */
export async function obtainCredentials(context: Context): Promise<CredentialsRecord> {
  const { settings, keys, folder } = context;
  const store = await openStore(settings, folder);
  try {
    const look = async () => storedCredentials(await store.read(keys.credentials), settings);
    const { state, usable: fallback } = await look();
    if (fallback && (state === 'fresh' || !canRenewSilently(fallback, Date.now()))) return fallback;
    const patience = visibleTerminal(context.env) ? toTheEnd : settings.timeout * 1000;
    return await awaitRenewal(context, {
      look: async () => (await look()).usable,
      fallback,
      patience,
      isCommand: true,
    });
  } finally {
    store.close();
  }
}
