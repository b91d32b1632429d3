import { keytarBindings } from '../process/program.ts';
import { keychainError, keychainForgets, noKeychainLibrary } from './keychain-error.ts';
import { loadKeytar, keychainService as service } from './keytar.ts';
import type { SecretStore } from './secret-store.ts';

/** The bytes that an entry can hold, CRED_MAX_CREDENTIAL_BLOB_SIZE: https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw */
const windowsLimit = 5 * 512;

/** Opens the operating system's keychain, for values of any length. Throws `keychain-missing`. */
export async function openKeychain(): Promise<SecretStore> {
  const keychain = thisKeychain();
  if (process.platform !== 'win32') return keychain;
  const { SplitStore } = await import('./split-store.ts');
  return new SplitStore(keychain, windowsLimit);
}

/**
 * Opens the keychain in this process. Use it only for one read (the reader) or in a process that may be
 * killed: a call can hang, and then only a signal ends the process.
 */
function thisKeychain(): SecretStore {
  const keytar = load();
  const keychain: SecretStore = {
    read: (account) => readAnswer(keytar.getPassword(service, account)),
    write: (account, value) => translated(keytar.setPassword(service, account, value)),
    delete: async (account) => void (await translated(keytar.deletePassword(service, account))),
    async check() {
      const account = `probe-${process.pid}`;
      await keychain.write(account, 'probe');
      const found = await keychain.read(account);
      await keychain.delete(account);
      if (found !== 'probe') throw keychainForgets();
    },
    close() {},
  };
  return keychain;
}

function load(): ReturnType<typeof loadKeytar> {
  const bindings = keytarBindings();
  try {
    return loadKeytar(bindings);
  } catch (cause) {
    throw noKeychainLibrary(cause);
  }
}

/** Returns the answer of keytar's `getPassword` as `read` does. Throws `keychain-…`. */
export async function readAnswer(answer: Promise<string | null>): Promise<string | undefined> {
  return (await translated(answer)) ?? undefined;
}

/** Returns the answer of the keychain. Throws `keychain-…`. */
async function translated<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    throw keychainError(error);
  }
}
