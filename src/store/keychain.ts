import { DaypassError, type ErrorCode } from '../errors.ts';
import { keytarBindings } from '../process/program.ts';
import { keychainUnresponsive, loadKeytar, keychainService as service } from './keytar.ts';
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
      await translated(keytar.setPassword(service, account, value));
    },
    async delete(account) {
      if (await inPlace?.remove(account)) return;
      await translated(keytar.deletePassword(service, account));
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
      throw orFileStore('keychain-failed', fault, 'restart the keyring');
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
    const advice = process.platform === 'linux' ? 'install libsecret (Debian: libsecret-1-0)' : undefined;
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

const noSecretService = new RegExp(
  [
    'd-?bus|autolaunch|org\\.freedesktop|could not connect|connection refused|no such file',
    // The address of the bus is malformed, empty, or `disabled:`.
    'address element|address is empty|unsupported transport',
  ].join('|'),
  'i',
);

/**
 * The keychain and its library do not have the same key for their session, as happens in one of 100 sessions of
 * libsecret with KWallet: one of them leaves the zeros at the start of a number away. Reads that find nothing can
 * be the same fault. It stays so for this process. Another process has a session with another key.
 */
export class KeysDiffer extends DaypassError {
  constructor(cause?: unknown) {
    const hint = { advice: 'restart the keyring', again: true } as const;
    super('keychain-failed', 'the keychain and its library do not have the same key', { hint, cause });
  }
}

/** Translates keytar's errors, which are only texts: those of libsecret 0.20 and gnome-keyring 42. */
function keychainError(cause: unknown): DaypassError {
  const message = cause instanceof Error ? cause.message : '';
  if (/locked/i.test(message)) {
    const advice = 'unlock it (on Linux: sign in to the desktop, or open Passwords and Keys)';
    const hint = { advice, again: true } as const;
    return new DaypassError('keychain-locked', 'the keychain is locked', { hint, cause });
  }
  // The words of KWallet, to a number of the library and to a secret that it cannot decrypt.
  if (/public key size is invalid|can't find session/i.test(message)) return new KeysDiffer(cause);
  if (/timeout|timed out/i.test(message)) return keychainUnresponsive(cause);
  if (/does not exist at path|object path/i.test(message)) {
    const advice = 'sign in to the desktop once to create one';
    return orFileStore('keychain-missing', 'there is no login keyring yet', advice, cause);
  }
  if (noSecretService.test(message)) {
    const advice = 'start gnome-keyring, KWallet or KeePassXC in this session';
    return orFileStore('keychain-missing', 'no secret service answers on the session bus', advice, cause);
  }
  const advice = 'unlock it and try again';
  return orFileStore('keychain-failed', 'the keychain rejected the call', advice, cause);
}

/** Returns an error whose hint also names the store that needs no keychain. */
function orFileStore(
  code: ErrorCode,
  fault: string,
  advice: string | undefined,
  cause?: unknown,
): DaypassError {
  const fileStore = 'set daypass_store = file to store the session in a 0600 file';
  const hint = advice ? `${advice}, or ${fileStore}` : fileStore;
  return new DaypassError(code, fault, { hint, cause });
}
