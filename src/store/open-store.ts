import type { Settings } from '../settings/settings.ts';
import type { SecretStore } from './secret-store.ts';

type Place = Pick<Settings, 'store'>;

/** Opens the store for code that may wait: a keychain call that hangs is killed and reported. */
export async function openStore({ store }: Place, signInFolder: string): Promise<SecretStore> {
  if (store === 'file') {
    const { FileStore } = await import('./file-store.ts');
    return new FileStore(signInFolder);
  }
  const { KeychainProcess } = await import('./keychain-process.ts');
  return new KeychainProcess();
}

/** The stores of one command, which share one process for the keychain. */
export class Stores {
  readonly #opened = new Map<string, Promise<SecretStore>>();

  /** Returns the store of a sign-in. */
  of({ store }: Place, signInFolder: string): Promise<SecretStore> {
    const name = store === 'file' ? signInFolder : store;
    const opened = this.#opened.get(name) ?? openStore({ store }, signInFolder);
    this.#opened.set(name, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.values()) (await opened).close();
  }
}

/** Does `action` with the stores of a command, and closes them. Throws what `action` throws. */
export async function withStores<Result>(action: (stores: Stores) => Promise<Result>): Promise<Result> {
  const stores = new Stores();
  try {
    return await action(stores);
  } finally {
    await stores.close();
  }
}

/** Opens the store, does `action` with it, and closes it. Throws what `action` throws. */
export function withStore<Result>(
  settings: Place,
  signInFolder: string,
  action: (store: SecretStore) => Promise<Result>,
): Promise<Result> {
  return withStores(async (stores) => action(await stores.of(settings, signInFolder)));
}
