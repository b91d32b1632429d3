import { createRequire } from 'node:module';
import type * as Keytar from 'keytar';
import { keytarBindings } from '../program.ts';
import { keychainError, keychainForgets, noKeychainLibrary } from './keychain-error.ts';
import type { SecretStore } from './secret-store.ts';

const service = 'daypass';

/** Bytes of an entry: CRED_MAX_CREDENTIAL_BLOB_SIZE, https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw */
const windowsLimit = 5 * 512;

/** The operating system's keychain, for values of any length. */
export async function openKeychain(): Promise<SecretStore> {
  const keychain = new Keychain();
  if (process.platform !== 'win32') return keychain;
  const { SplitStore } = await import('./split-store.ts');
  return new SplitStore(keychain, windowsLimit);
}

/**
 * The operating system's keychain, in this process: only for one read (the reader) or in a process that may be killed,
 * because a call can hang and then nothing but a signal ends the process.
 */
class Keychain implements SecretStore {
  readonly #keytar: typeof Keytar;

  constructor() {
    const bindings = keytarBindings();
    try {
      // Loaded by hand so that a missing libsecret becomes an error of ours, with a remedy.
      this.#keytar = loadKeytar(bindings);
    } catch (cause) {
      throw noKeychainLibrary(cause);
    }
  }

  async read(account: string): Promise<string | undefined> {
    return (await this.#call(this.#keytar.getPassword(service, account))) ?? undefined;
  }

  async write(account: string, value: string): Promise<void> {
    await this.#call(this.#keytar.setPassword(service, account, value));
  }

  async delete(account: string): Promise<void> {
    await this.#call(this.#keytar.deletePassword(service, account));
  }

  async check(): Promise<void> {
    const account = `probe-${process.pid}`;
    await this.write(account, 'probe');
    const found = await this.read(account);
    await this.delete(account);
    if (found !== 'probe') throw keychainForgets();
  }

  close(): void {}

  async #call<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      return await answer;
    } catch (error) {
      throw keychainError(error);
    }
  }
}

function loadKeytar(bindings: string[]): typeof Keytar {
  for (const binding of bindings) {
    const module: { exports: unknown } = { exports: {} };
    try {
      process.dlopen(module, binding);
      return module.exports as typeof Keytar;
    } catch {
      // Another layout, another C library, or no libsecret: require() knows or says.
    }
  }
  return createRequire(import.meta.url)('keytar');
}
