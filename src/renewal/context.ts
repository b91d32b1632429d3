import type { Loopback } from '../browser/loopback-server.ts';
import type { Pages } from '../browser/pages.ts';
import type { SignInReason } from '../request/protocol.ts';
import type { Session, SessionWriter } from './session-writer.ts';
import type { Waiters } from './waiters.ts';

/** The parts of one renewal, from its lock to its outcome. */
export interface RenewalContext extends Session {
  writer: SessionWriter;
  waiters: Waiters;
  /** `login --force`: no stored record is used, and another person may sign in. */
  force: boolean;
  /** The umask of the caller, for the browser. */
  umask: number;
  /** Rejects with `cancelled` after ^C of the last waiter, `logout` or `login --force`. */
  cancelled: Promise<never>;
  /** Set once a browser has signed in. Throws Failed, and undoes that, if a second one opened the link. */
  throwIfReused?: () => Promise<void>;
  /** The login_hint of a sign-in that follows an earlier one of the same person. */
  accountHint?: string;
  /** Set once a person was sent to the browser, whose tab may wait for its page. */
  tab?: Tab;
  /** Why a person has to sign in; undefined if it is none of the known reasons. */
  reason?: SignInReason | undefined;
  /** Set once a device code was shown. */
  codeShown?: true;
}

/** Throws `cancelled` if the renewal was cancelled. Call it between steps that cannot be aborted. */
export async function throwIfCancelled({ cancelled }: Pick<RenewalContext, 'cancelled'>): Promise<void> {
  await Promise.race([cancelled, Promise.resolve()]);
}

/** Loads the STS client (twice as slow as a start of Node) while the provider or a person is busy. */
export function loadStsAhead(): void {
  // In the next turn of the event loop, so that pending messages leave first.
  setImmediate(() => void import('../aws/sts.ts').catch(() => {}));
}

/** The listener and the pages of the tab in which a person signs in. */
export interface Tab {
  loopback: Loopback;
  pages: Pages;
}
