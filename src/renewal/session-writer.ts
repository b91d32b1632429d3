import { asDaypassError, type DaypassError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { SessionKeys } from '../session/keys.ts';
import type { CredentialsRecord, SignInRecord } from '../session/records.ts';
import { indexSignIn } from '../session/sign-in-index.ts';
import type { Settings } from '../settings/settings.ts';
import type { SecretStore } from '../store/secret-store.ts';

/** Saves the records of a renewal. A failed save does not end it: the caller still gets its credentials. */
export class SessionWriter {
  /** The errors by account. A later save of the same account removes its error. */
  readonly #failures = new Map<string, DaypassError>();
  /** The refresh token in the store, and the last one that was to be saved. */
  #stored: string | undefined;
  #latest: string | undefined;
  readonly #settings: Settings;
  readonly #keys: SessionKeys;
  readonly #folder: string;
  readonly #store: SecretStore;
  readonly #log: Log;

  constructor(settings: Settings, keys: SessionKeys, signInFolder: string, store: SecretStore, log: Log) {
    this.#settings = settings;
    this.#keys = keys;
    this.#folder = signInFolder;
    this.#store = store;
    this.#log = log;
  }

  /** The error of a record that is not saved. */
  get failure(): DaypassError | undefined {
    const [first] = this.#failures.values();
    return first;
  }

  /** A refresh token that could not be saved. It is still valid at the provider. */
  get lostRefreshToken(): string | undefined {
    return this.#latest === this.#stored ? undefined : this.#latest;
  }

  /** Notes the sign-in that the store has before the first save. */
  found(before: SignInRecord | undefined): void {
    this.#stored = before?.refreshToken;
  }

  async saveSignIn(record: SignInRecord): Promise<void> {
    this.#latest = record.refreshToken;
    if (await this.#save('sign-in', this.#keys.signIn, record)) this.#stored = record.refreshToken;
  }

  async saveCredentials(record: CredentialsRecord): Promise<void> {
    await this.#save('credentials', this.#keys.credentials, record);
  }

  async #save(what: string, account: string, record: SignInRecord | CredentialsRecord): Promise<boolean> {
    try {
      indexSignIn(this.#folder, this.#settings);
      await this.#store.write(account, JSON.stringify(record));
      this.#failures.delete(account);
      this.#log('saved', { what });
      return true;
    } catch (error) {
      const failure = asDaypassError(error);
      this.#failures.set(account, failure);
      this.#log('not-saved', { what, code: failure.code });
      return false;
    }
  }
}
