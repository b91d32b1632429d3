import { DaypassError, type ErrorCode } from '../errors.ts';
import { keytarBindings } from '../process/program.ts';
import { fileStore } from '../terminal/advice.ts';
import { keychainUnresponsive, loadKeytar, keychainService as service } from './keytar.ts';
import type { SecretStore } from './secret-store.ts';

// The bytes that an entry can hold, CRED_MAX_CREDENTIAL_BLOB_SIZE:
// https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw
const windowsLimit = 5 * 512;

/** Changes an entry that exists. Returns false if the keychain library must do it. */
export interface InPlace {
  /** Throws `keychain-failed` if the library would wait for a person who must confirm the read. */
  assertReadable(account: string): Promise<void>;
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
      await inPlace?.assertReadable(account);
      return await readAnswer(keytar.getPassword(service, account));
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
      for (let tries = 0; tries < probeTries; tries++) {
        await keychain.write(account, account);
        const found = await keychain.read(account).catch(isDeleted);
        await keychain.delete(account).catch(isDeleted);
        if (found === account) return;
        // Other processes probe too: at random moments they meet less and less.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * (tries + 1)));
      }
      const fault = 'the keychain does not return the value that was stored';
      throw orFileStore(
        'keychain-failed',
        fault,
        process.platform === 'linux' ? 'restart the keyring' : undefined,
      );
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

/** Translates keytar's errors, which are only texts: those of libsecret 0.20 and gnome-keyring 42. */
function keychainError(cause: unknown): DaypassError {
  const message = cause instanceof Error ? cause.message : '';
  if (/locked/i.test(message)) {
    const advice = 'unlock it (on Linux: sign in to the desktop, or open Passwords and Keys)';
    const hint = { advice, again: true } as const;
    return new DaypassError('keychain-locked', 'the keychain is locked', { hint, cause });
  }
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
  const hint = advice ? `${advice}, or ${fileStore()}` : fileStore();
  return new DaypassError(code, fault, { hint, cause });
}
