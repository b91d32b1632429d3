import type { Settings } from '../settings/settings.ts';

/** Where records are kept under their account names. Every method throws a DaypassError that says what to do. */
export interface SecretStore {
  read(account: string): Promise<string | undefined>;
  write(account: string, value: string): Promise<void>;
  /** Deleting what is not there succeeds. */
  delete(account: string): Promise<void>;
  /** Writes, reads and deletes a probe: a locked keychain looks like an empty one until something is written. */
  check(): Promise<void>;
  close(): void;
}

/** The store of these settings for code that may take its time: a keychain call that hangs is killed and reported. */
export async function openStore(settings: Settings, signInFolder: string): Promise<SecretStore> {
  if (settings.store === 'file') {
    const { FileStore } = await import('./file-store.ts');
    return new FileStore(signInFolder);
  }
  const { KeychainProcess } = await import('./keychain-process.ts');
  return new KeychainProcess();
}
