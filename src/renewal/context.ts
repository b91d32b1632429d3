import type { Loopback } from '../browser/loopback-server.ts';
import type { Pages } from '../browser/pages.ts';
import type { ErrorReport } from '../errors.ts';
import type { Log } from '../log.ts';
import type { SessionKeys } from '../session/keys.ts';
import type { Settings } from '../settings/settings.ts';
import type { SecretStore } from '../store/secret-store.ts';
import type { SessionWriter } from './session-writer.ts';
import type { Waiters } from './waiters.ts';

/** What one renewal works with, from its lock to its outcome. */
export interface RenewalContext {
  settings: Settings;
  keys: SessionKeys;
  /** The state folder of the sign-in. */
  folder: string;
  store: SecretStore;
  writer: SessionWriter;
  waiters: Waiters;
  log: Log;
  /** `login --force`: nothing stored is used, and another person may sign in. */
  force: boolean;
  /** The caller's, for what is started for the person. */
  umask: number;
  /** Rejects when the person no longer wants it. */
  cancelled: Promise<never>;
  /** Set once a person has been sent to the browser: a tab may wait for its page. */
  tab?: Tab;
}

/** Throws `cancelled` once the person no longer wants it: between two steps that cannot be broken off. */
export async function goOn({ cancelled }: Pick<RenewalContext, 'cancelled'>): Promise<void> {
  await Promise.race([cancelled, Promise.resolve()]);
}

/**
 * Starts to load the STS client while the provider or a person is at work: that takes twice as long as Node needs to start.
 * A later `import()` reports the error of one that fails.
 */
export function loadStsAhead(): void {
  // Not in this turn of the event loop, so that pending output is sent first.
  setImmediate(() => void import('../aws/sts.ts').catch(() => {}));
}

/** The tab of a person who signs in. */
export interface Tab extends Pick<Loopback, 'delivered' | 'close'> {
  succeed(details: Parameters<Pages['signedIn']>[0]): void;
  fail(error: ErrorReport): void;
}
