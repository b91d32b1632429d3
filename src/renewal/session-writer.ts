import { asDaypassError, type DaypassError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { SessionKeys } from '../session/keys.ts';
import type { CredentialsRecord, SignInRecord } from '../session/records.ts';
import { indexSignIn } from '../session/sign-in-index.ts';
import type { Settings } from '../settings/settings.ts';
import type { SecretStore } from '../store/secret-store.ts';

/** The session that a renewal renews. */
export interface Session {
  settings: Settings;
  keys: SessionKeys;
  /** The state folder of the sign-in. */
  folder: string;
  store: SecretStore;
  log: Log;
}

/** Saves the records of a renewal. A failed save does not end it: the caller still gets its credentials. */
export class SessionWriter {
  /** The errors by account. A later save of the same account removes its error. */
  readonly #failures = new Map<string, DaypassError>();
  /** The refresh token in the store. */
  #stored: string | undefined;
  #signIn: SignInRecord | undefined;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The error of a record that is not saved. */
  get failure(): DaypassError | undefined {
    return [...this.#failures.values()][0];
  }

  /** A refresh token that could not be saved. It is still valid at the provider. */
  get lostRefreshToken(): string | undefined {
    const latest = this.#signIn?.refreshToken;
    return latest === this.#stored ? undefined : latest;
  }

  /** The sign-in that was found, or the last one that was to be saved. */
  get signIn(): SignInRecord | undefined {
    return this.#signIn;
  }

  /** Notes the sign-in that the store has before the first save. */
  found(before: SignInRecord | undefined): void {
    this.#stored = before?.refreshToken;
    this.#signIn = before;
  }

  async saveSignIn(record: SignInRecord): Promise<void> {
    this.#signIn = record;
    if (await this.#save('sign-in', this.#session.keys.signIn, record)) this.#stored = record.refreshToken;
  }

  /** Replaces a saved sign-in that turned out not to be the person's by the one before it. */
  async restoreSignIn(before: SignInRecord | undefined): Promise<void> {
    if (before) return await this.saveSignIn(before);
    const { store, keys, log } = this.#session;
    this.#signIn = undefined;
    this.#stored = undefined;
    await store
      .delete(keys.signIn)
      .catch((error) => log('not-deleted', { code: asDaypassError(error).code }));
  }

  async saveCredentials(record: CredentialsRecord): Promise<void> {
    await this.#save('credentials', this.#session.keys.credentials, record);
  }

  async #save(what: string, account: string, record: SignInRecord | CredentialsRecord): Promise<boolean> {
    const { settings, folder, store, log } = this.#session;
    try {
      indexSignIn(folder, settings);
      await store.write(account, JSON.stringify(record));
      this.#failures.delete(account);
      log('saved', { what });
      return true;
    } catch (error) {
      const failure = asDaypassError(error);
      this.#failures.set(account, failure);
      log('not-saved', { what, code: failure.code });
      return false;
    }
  }
}
