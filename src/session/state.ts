import type { ErrorReport } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { readLastOutcome } from '../state/outcome.ts';
import type { Stores } from '../store/open-store.ts';
import type { SecretStore } from '../store/secret-store.ts';
import { credentialsOf, willRenewSilently } from './freshness.ts';
import type { SessionKeys } from './keys.ts';
import { type CredentialsRecord, parseSignInRecord, type SignInRecord } from './records.ts';
import { readIndexEntry } from './sign-in-index.ts';

/** The stored session of a profile. */
export interface SessionState {
  record: CredentialsRecord | undefined;
  signIn: SignInRecord | undefined;
  /** The credentials have not expired. */
  usable: boolean;
  /** The next renewal needs no browser. */
  silent: boolean;
  /** The failure of the last renewal, with its time in milliseconds. */
  failure: { error: ErrorReport; at: number } | undefined;
}

/** The profile of a session. */
interface Profile {
  settings: Settings;
  keys: SessionKeys;
  folder: string;
}

/** The part of a session that all roles of a sign-in share. */
interface Shared extends Pick<SessionState, 'signIn' | 'failure'> {
  store: SecretStore;
}

/**
 * Reads the sessions of many profiles: what the roles of a sign-in share is read once, and a store is checked
 * once. A role then costs one read of its credentials.
 */
export class SessionReader {
  readonly #stores: Stores;
  readonly #signIns = new Map<string, Promise<Shared>>();
  readonly #checks = new Map<SecretStore, Promise<void>>();
  /** The time of every session, in milliseconds. */
  readonly now = Date.now();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** Reads a session from the store and the state directory. Throws `keychain-…` and `unsafe-directory`. */
  async read(profile: Profile): Promise<SessionState> {
    const { settings, keys, folder } = profile;
    const shared = this.#signIns.get(folder) ?? this.#readShared(profile);
    this.#signIns.set(folder, shared);
    const { store, signIn, failure } = await shared;
    const { record, usable } = credentialsOf(signIn, await store.read(keys.credentials), settings);
    return {
      record,
      signIn,
      usable: usable !== undefined,
      silent: willRenewSilently(record, signIn, this.now),
      failure,
    };
  }

  /** Writes, reads and deletes a test value, once for each store. Throws `keychain-…` and `io`. */
  async check({ settings, folder }: Omit<Profile, 'keys'>): Promise<void> {
    const store = await this.#stores.of(settings, folder);
    const checked = this.#checks.get(store) ?? store.check();
    this.#checks.set(store, checked);
    await checked;
  }

  async #readShared(profile: Profile): Promise<Shared> {
    const { settings, keys, folder } = profile;
    // A locked keychain looks empty, so probe it if the index knows the sign-in.
    if (readIndexEntry(folder)) await this.check(profile);
    const store = await this.#stores.of(settings, folder);
    const signIn = parseSignInRecord(await store.read(keys.signIn), settings);
    return { store, signIn, failure: readLastOutcome(folder).failure };
  }
}
