import type { Context } from '../context.ts';
import { readIndexEntry } from '../session/sign-in-index.ts';
import { withStore } from '../store/open-store.ts';

/**
 * Reads the stored credentials in another process, after a read that found nothing or whose key `differs`
 * from that of the keychain. Returns undefined at once if no sign-in was ever saved. Throws `keychain-…`.
 */
export async function readElsewhere(
  { settings, keys, folder }: Context,
  differs: boolean,
): Promise<string | undefined> {
  if (!differs && !readIndexEntry(folder)) return undefined;
  return await withStore(settings, folder, (store) => store.read(keys.credentials));
}
