import type { Settings } from '../settings/settings.ts';
import type { SecretStore } from './secret-store.ts';

/** The store of these settings for code that may take its time: a keychain call that hangs is killed and reported. */
export async function openStore(
  settings: Pick<Settings, 'store'>,
  signInFolder: string,
): Promise<SecretStore> {
  if (settings.store === 'file') {
    const { FileStore } = await import('./file-store.ts');
    return new FileStore(signInFolder);
  }
  const { KeychainProcess } = await import('./keychain-process.ts');
  return new KeychainProcess();
}
