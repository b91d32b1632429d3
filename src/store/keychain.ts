import { keytarBindings } from '../process/program.ts';
import { keychainError, keychainForgets, noKeychainLibrary } from './keychain-error.ts';
import { loadKeytar, keychainService as service } from './keytar.ts';
import type { SecretStore } from './secret-store.ts';

/** Bytes of an entry: CRED_MAX_CREDENTIAL_BLOB_SIZE, https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw */
const windowsLimit = 5 * 512;

/** The operating system's keychain, for values of any length. Throws `keychain-missing`. */
export async function openKeychain(): Promise<SecretStore> {
  const keychain = thisKeychain();
  if (process.platform !== 'win32') return keychain;
  const { SplitStore } = await import('./split-store.ts');
  return new SplitStore(keychain, windowsLimit);
}

/**
 * The operating system's keychain, in this process: only for one read (the reader) or in a process that may be killed,
 * because a call can hang and then nothing but a signal ends the process.
 */
function thisKeychain(): SecretStore {
  const keytar = load();
  const keychain: SecretStore = {
    read: (account) => readAnswer(keytar.getPassword(service, account)),
    write: (account, value) => told(keytar.setPassword(service, account, value)),
    delete: async (account) => void (await told(keytar.deletePassword(service, account))),
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

/** What keytar's `getPassword` gives, as `read` does. */
export async function readAnswer(answer: Promise<string | null>): Promise<string | undefined> {
  return (await told(answer)) ?? undefined;
}

/** The answer of a keychain, or its error as one of ours. */
async function told<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    throw keychainError(error);
  }
}
