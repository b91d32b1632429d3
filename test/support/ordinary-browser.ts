import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A browser with a profile on the disk. The desktop starts it; a test reads its tabs and clicks in them. */
export interface OrdinaryBrowser {
  /** The command line of the desktop entry, without the link. */
  command: string;
  /** Returns the open tabs; none while the browser does not run. */
  tabs(): Promise<Tab[]>;
  /** Ends the browser as its menu does, so that its profile is complete. */
  quit(): Promise<void>;
}

/** A tab as a person sees and uses it. Its elements are found by CSS selectors. */
export interface Tab {
  /** Returns the address in the address bar, also for an error page of the browser. */
  address(): Promise<string>;
  title(): Promise<string>;
  /** Returns the visible text of the first matching element; undefined if there is none. */
  text(selector: string): Promise<string | undefined>;
  /** Clicks, and does not wait for a navigation. */
  click(selector: string): Promise<void>;
  /** Opens an address as if typed, and does not wait for it. */
  open(address: string): Promise<void>;
  reload(): Promise<void>;
  back(): Promise<void>;
  forward(): Promise<void>;
}

/** The folders of a browser, and the one preference that tests change. */
export interface OrdinaryOptions {
  /** The HOME folder. */
  home: string;
  /** The folder of its profile; it exists. */
  profile: string;
  /** Opens the tabs of the last session at its start. */
  restoresTabs?: boolean;
}

export interface OrdinaryKind {
  name: 'Chromium' | 'Firefox';
  /** Prepares the profile. `authorities` is a folder from `trustedAuthorities`. */
  prepare(options: OrdinaryOptions, authorities: string): OrdinaryBrowser;
}

/** Makes a certificate store, as both browsers have it, in which this authority is trusted. */
export function trustedAuthorities(folder: string, authorityFile: string): void {
  const certutil = (...args: string[]) => execFileSync('/usr/bin/certutil', ['-d', `sql:${folder}`, ...args]);
  certutil('-N', '--empty-password');
  certutil('-A', '-n', 'A Company', '-t', 'C,,', '-i', authorityFile);
}

/** Asks until there is an answer. Throws after `patience` milliseconds (120,000) that `what` did not come. */
export async function eventually<Value>(
  ask: () => Promise<Value | undefined>,
  what: string | (() => string),
  patience = 120_000,
): Promise<Value> {
  const deadline = Date.now() + patience;
  let failure: unknown;
  while (Date.now() < deadline) {
    // A tab between two pages cannot answer.
    const answer = await ask().catch((error) => {
      failure = error;
      return undefined;
    });
    if (answer !== undefined) return answer;
    await sleep(100);
  }
  const missed = typeof what === 'string' ? what : what();
  throw new Error(`${patience} ms passed before ${missed}`, { cause: failure });
}
