import type { Settings } from '../settings/settings.ts';
import { type LastOutcome, lastFailure, readLastOutcome } from '../state/outcome.ts';
import type { Stores } from '../store/open-store.ts';
import type { SecretStore } from '../store/secret-store.ts';
import type { SessionKeys } from './keys.ts';
import { type NextCall, nextCall } from './next-call.ts';
import { isRenewing } from './open-renewal.ts';
import {
  type CredentialsRecord,
  parseCredentialsRecord,
  parseSignInRecord,
  type SignInRecord,
} from './records.ts';
import { readIndexEntry } from './sign-in-index.ts';

/** The stored session of a profile. */
export interface SessionState {
  /** The credentials, also expired ones, but not those of another person. */
  record: CredentialsRecord | undefined;
  signIn: SignInRecord | undefined;
  next: NextCall;
  /** The failure of the last renewal, unless it concerned another role, with its time in milliseconds. */
  failure: LastOutcome['failure'];
}

/** The profile of a session. */
interface Profile {
  settings: Settings;
  keys: SessionKeys;
  folder: string;
}

/** The part of a session that all roles of a sign-in share. */
interface Shared {
  signIn: SignInRecord | undefined;
  outcome: LastOutcome;
}

/**
 * Reads the sessions of many profiles: what the roles of a sign-in share is read once, and a store is checked
 * once. A role then costs one read of its credentials.
 */
export class SessionReader {
  readonly #stores: Pick<Stores, 'of'>;
  readonly #signIns = new Map<string, Promise<Shared>>();
  readonly #checks = new Map<SecretStore, Promise<void>>();
  readonly #renewals = new Map<string, Promise<boolean>>();
  readonly #interactive: (settings: Settings) => boolean;
  /** The time of every session, in milliseconds. */
  readonly now = Date.now();

  /** `interactive` returns whether a call with these settings can ask a person. */
  constructor(stores: Pick<Stores, 'of'>, interactive: (settings: Settings) => boolean) {
    this.#stores = stores;
    this.#interactive = interactive;
  }

  /** Reads a session from the store and the state directory. Throws `keychain-…` and `unsafe-directory`. */
  async read(profile: Profile): Promise<SessionState> {
    const { settings, keys, folder } = profile;
    const store = await this.#stores.of(settings, folder);
    const shared = this.#signIns.get(folder) ?? this.#readShared(profile, store);
    this.#signIns.set(folder, shared);
    // The store may be another process, which gets both requests at once.
    const [{ signIn, outcome }, text] = await Promise.all([shared, store.read(keys.credentials)]);
    const stored = parseCredentialsRecord(text, settings);
    const known = { stored, signIn, outcome, isOpen: false, account: keys.credentials };
    const caller = { now: this.now, interactive: () => this.#interactive(settings) };
    const closed = nextCall(known, caller);
    // A call that prints waits for no renewal, so most sessions need no look at the lock.
    const isOpen = closed.does !== 'prints' && (await this.#isRenewing(folder));
    return {
      record: signIn && stored?.sub !== signIn.sub ? undefined : stored,
      signIn,
      next: isOpen ? nextCall({ ...known, isOpen }, caller) : closed,
      failure: lastFailure(outcome, keys.credentials),
    };
  }

  #isRenewing(folder: string): Promise<boolean> {
    const asked = this.#renewals.get(folder) ?? isRenewing(folder);
    this.#renewals.set(folder, asked);
    return asked;
  }

  /** Writes, reads and deletes a test value, once for each store. Throws `keychain-…` and `io`. */
  async check({ settings, folder }: Omit<Profile, 'keys'>): Promise<void> {
    const store = await this.#stores.of(settings, folder);
    const checked = this.#checks.get(store) ?? store.check();
    this.#checks.set(store, checked);
    await checked;
  }

  async #readShared(profile: Profile, store: SecretStore): Promise<Shared> {
    const { settings, keys, folder } = profile;
    const text = await store.read(keys.signIn);
    // A locked keychain looks empty, so probe it if the index knows the sign-in.
    if (text === undefined && readIndexEntry(folder)) await this.check(profile);
    return { signIn: parseSignInRecord(text, settings), outcome: readLastOutcome(folder) };
  }
}
