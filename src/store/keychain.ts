import { DaypassError } from '../errors.ts';
import { keytarBindings } from '../process/program.ts';
import { changeEntry, KeysDiffer, keychainError, orFileStore } from './keychain-error.ts';
import { loadKeytar, keychainService as service } from './keytar.ts';
import type { SecretStore } from './secret-store.ts';

// The bytes that an entry can hold, CRED_MAX_CREDENTIAL_BLOB_SIZE:
// https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw
const windowsLimit = 5 * 512;

/** Changes an entry that exists. Returns false if the keychain library must do it. */
export interface InPlace {
  /**
   * Returns whether there is an entry that the library can read, false if this is not known. Throws
   * `keychain-failed` if the library would wait for a person who must confirm the read.
   */
  has(account: string): Promise<boolean>;
  replace(account: string, value: string): Promise<boolean>;
  remove(account: string): Promise<boolean>;
}

/** The tries of a probe that other processes delete meanwhile. */
const probeTries = 30;

/**
 * Opens the operating system's keychain, for values of any length. A process that writes gives `inPlace` on
 * Linux. Throws `keychain-missing`.
 */
export async function openKeychain(inPlace?: InPlace): Promise<SecretStore> {
  const keychain = thisKeychain(inPlace);
  if (process.platform !== 'win32') return keychain;
  const { SplitStore } = await import('./split-store.ts');
  return new SplitStore(keychain, windowsLimit);
}

// Opens the keychain in this process. Use it only for one read (the reader) or in a process that may be
// killed: a call can hang, and then only a signal ends the process.
function thisKeychain(inPlace?: InPlace): SecretStore {
  const keytar = load();
  const keychain: SecretStore = {
    async read(account) {
      const exists = await inPlace?.has(account);
      const value = await readAnswer(keytar.getPassword(service, account));
      if (exists && value === undefined && (await inPlace?.has(account))) throw new KeysDiffer();
      return value;
    },
    async write(account, value) {
      if (await inPlace?.replace(account, value)) return;
      await translated(changeEntry(() => keytar.setPassword(service, account, value)));
    },
    async delete(account) {
      if (await inPlace?.remove(account)) return;
      await translated(changeEntry(() => keytar.deletePassword(service, account)));
    },
    async check() {
      // One name for all processes: a keychain that keeps deleted entries would keep an entry of each.
      const account = 'probe';
      let differs: KeysDiffer | undefined;
      for (let tries = 0; tries < probeTries; tries++) {
        await keychain.write(account, account);
        const found = await keychain.read(account).catch((error) => {
          // Another process may also have replaced the entry while it was read.
          if (error instanceof KeysDiffer) differs = error;
          else isDeleted(error);
        });
        await keychain.delete(account).catch(isDeleted);
        if (found === account) return;
        // Other processes probe too: at random moments they meet less and less.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * (tries + 1)));
      }
      if (differs) throw differs;
      const fault = 'the keychain does not return the value that was stored';
      const advice = process.platform === 'linux' ? 'restart the keyring' : undefined;
      throw orFileStore('keychain-failed', fault, advice);
    },
    close() {},
  };
  return keychain;
}

/** Ignores that another process deleted the entry after libsecret had found it, and throws other errors. */
function isDeleted(error: unknown): undefined {
  if (!(error instanceof DaypassError && error.code === 'keychain-missing')) throw error;
}

function load(): ReturnType<typeof loadKeytar> {
  const bindings = keytarBindings();
  try {
    return loadKeytar(bindings);
  } catch (cause) {
    const advice =
      process.platform === 'linux'
        ? 'install libsecret (Debian and Ubuntu: sudo apt install libsecret-1-0)'
        : undefined;
    throw orFileStore('keychain-missing', 'the keychain library cannot be loaded', advice, cause);
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
