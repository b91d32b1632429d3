import type { Context } from '../context.ts';
import { deferred } from '../process/deferred.ts';
import { reuseElseRenew } from '../reuse-else-renew.ts';
import { storedCredentials } from '../session/freshness.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { withStore } from '../store/open-store.ts';

/** Gives credentials to the endpoint. */
export interface CredentialsSource {
  /** Throws a DaypassError. */
  get(): Promise<CredentialsRecord>;
  /** Takes note that a client did not wait for its answer. */
  hungUp(): void;
}

// Milliseconds that a request waits for a renewal, and for the person whom that may need. Clients that wait as long
// as it takes, such as Go's, then never see an error of a person who signs in within a minute.
const longestWait = 55_000;

// Others give up after 1 or 2 s, and try 3 or 4 times, a second apart: the last try begins 6 s after the first. It
// gets the reason of the wait, which such a client shows, in this time.
const lastTryAfter = 5500;
const lastWait = 500;

// Milliseconds that a request waits for a silent renewal while there are credentials that it can have instead.
const shortWait = 900;

/** The credentials of a profile for many requests. Those that come during a read or a renewal share its result. */
export class SharedCredentials implements CredentialsSource {
  readonly #context: Context;
  /** The waits that have not ended, by their patience. */
  readonly #underWay = new Map<number, Promise<CredentialsRecord>>();
  /** When the longest wait began, and whether a client has given it up. */
  #began = 0;
  #givenUp = false;

  constructor(context: Context) {
    this.#context = context;
  }

  get(): Promise<CredentialsRecord> {
    if (!this.#underWay.has(longestWait)) {
      this.#began = performance.now();
      this.#givenUp = false;
    }
    const isLastTry = this.#givenUp && performance.now() - this.#began > lastTryAfter;
    const patience = isLastTry ? lastWait : longestWait;
    const shared =
      this.#underWay.get(patience) ??
      this.#find(patience).finally(() => {
        this.#underWay.delete(patience);
      });
    this.#underWay.set(patience, shared);
    return shared;
  }

  hungUp(): void {
    this.#givenUp = true;
  }

  /** Settles as soon as there is an answer: a renewal in the background may be started after it. */
  #find(patience: number): Promise<CredentialsRecord> {
    const found = deferred<CredentialsRecord>();
    this.#look(patience, found.resolve).catch(found.reject);
    return found.promise;
  }

  /** Opens a store for each look: its process, which can be killed, may not outlive the keychain that it asks. */
  async #look(patience: number, answer: (record: CredentialsRecord) => void): Promise<void> {
    const { settings, keys, folder } = this.#context;
    await withStore(settings, folder, (store) =>
      reuseElseRenew(this.#context, {
        look: async () => storedCredentials(await store.read(keys.credentials), settings),
        patience: async (fallback) => (fallback ? shortWait : patience),
        answer,
      }),
    );
  }
}
