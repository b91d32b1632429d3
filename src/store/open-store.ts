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

/** Opens the store, does `action` with it, and closes it. Throws what `action` throws. */
export async function withStore<Result>(
  settings: Place,
  signInFolder: string,
  action: (store: SecretStore) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(settings, signInFolder);
  try {
    return await action(store);
  } finally {
    store.close();
  }
}
