import { openKeychain } from '../store/keychain.ts';
import { KeysDiffer } from '../store/keychain-error.ts';
import { longestKeychainCall, readInProcess } from '../store/keytar.ts';
import type { Stores } from '../store/open-store.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { readIndexEntry } from './sign-in-index.ts';

/**
 * Returns stores that read the keychain in this process, as a hit does: a second Node would take as long as the rest of
 * the command. A read that hangs ends this process, after `onDeadline`.
 */
export function quickStores(stores: Stores, onDeadline: () => void): Pick<Stores, 'of'> {
  return {
    async of(settings, folder) {
      const store = await stores.of(settings, folder);
      return settings.store === 'file' ? store : await readingHere(store, folder, onDeadline);
    },
  };
}

/** Reads one entry after another, since `readInProcess` changes the environment for the time of a read. */
async function readingHere(store: SecretStore, folder: string, onDeadline: () => void): Promise<SecretStore> {
  const keychain = await openKeychain();
  let last: Promise<unknown> = Promise.resolve();
  const read = async (account: string) => {
    let differs = false;
    try {
      const text = await readInProcess(() => keychain.read(account), longestKeychainCall / 1000, onDeadline);
      // On Linux a read that finds nothing may have failed.
      if (text !== undefined || process.platform !== 'linux') return text;
    } catch (error) {
      if (!(error instanceof KeysDiffer)) throw error;
      differs = true;
    }
    return differs || readIndexEntry(folder) ? await store.read(account) : undefined;
  };
  return {
    read(account) {
      const turn = last.then(() => read(account));
      last = turn.catch(() => {});
      return turn;
    },
    write: (account, value) => store.write(account, value),
    delete: (account) => store.delete(account),
    check: () => store.check(),
    close: () => store.close(),
  };
}
