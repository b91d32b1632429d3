import { createHash } from 'node:crypto';
import { Eta } from 'eta';
import { type ErrorReport, type Hint, hintText } from '../errors.ts';
import { type Foreign, foreignReason } from '../loopback/peer-gate.ts';
import { packageText } from '../process/program.ts';
import { parseRoleArn, shownAccount } from '../settings/aws-partition.ts';
import type { Settings } from '../settings/settings.ts';
import { localTime } from '../terminal/local-time.ts';
import { longestHint, printable } from '../terminal/printable.ts';

/** The settings that the pages show. */
type Shown = Pick<Settings, 'profile' | 'roleArn' | 'signInFlags'>;

/**
 * Renders the pages of the loopback server: self-contained, escaped, with one style and one script (it copies a
 * command) that their hashes allow. The sandbox keeps the script from cookies, and the policy from every network.
 */
export class Pages {
  readonly #style = packageText('views/style.css');
  readonly styleHash = hashOf(this.#style);
  readonly #script = packageText('views/copy.js').trim();
  readonly #policy = [
    "default-src 'none'",
    `style-src '${this.styleHash}'`,
    `script-src '${hashOf(this.#script)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    'sandbox allow-scripts',
  ].join('; ');
  readonly #eta = new Eta({ autoEscape: true, cache: true });
  readonly #shown: Shown;
  /** The headers of every page. */
  readonly headers = {
    'Content-Security-Policy': this.#policy,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'interest-cohort=()',
    Connection: 'close',
  };

  constructor({ profile, roleArn, signInFlags }: Shown) {
    // Not all settings: a client secret must not outlive the sign-in.
    this.#shown = { profile, roleArn, signInFlags };
    this.#eta.resolvePath = (view) => `views/${view}.eta`;
    this.#eta.readFile = packageText;
  }

  /**
   * Returns the page of a sign-in that is stored. `expires` is RFC 3339, `left` milliseconds. `waiting`: the command
   * that opened it still waits. `refreshable`: the session can be renewed without a person.
   */
  signedIn(details: {
    identity: string;
    expires: string;
    left: number;
    waiting: boolean;
    refreshable: boolean;
  }): string {
    const { expires, left, waiting, refreshable } = details;
    const expiresText = `${localTime(Date.parse(expires))} (${inWords(left)})`;
    const identity = printable(details.identity);
    const asker = this.#asker();
    return this.#render('signed-in', { ...asker, identity, expires, expiresText, waiting, refreshable });
  }

  /** Returns the page of a sign-in that could not be stored. Only a command that waits has its credentials. */
  notSaved(error: ErrorReport, waiting: boolean): string {
    const outcome = waiting
      ? 'The waiting command has its credentials, but the session could not be saved, so the next command asks you again.'
      : 'The session could not be saved, and your command stopped waiting, so the next command asks you again.';
    return this.#render('sign-in-failed', {
      ...this.#asker(),
      title: 'Signed in, but not saved',
      tone: 'failed',
      reason: [outcome, ...error.faults.map((fault) => sentence(printable(fault)))].join(' '),
      ...nextStep(error.hint ?? {}),
    });
  }

  failed(error: ErrorReport): string {
    return this.#render('sign-in-failed', {
      ...this.#asker(),
      title: titles[error.code] ?? 'Sign-in was not completed',
      // A person who cancels knows it: nothing is wrong.
      tone: error.code === 'cancelled' ? 'neutral' : 'failed',
      reason: error.faults.map((fault) => sentence(printable(fault))).join(' '),
      ...nextStep(error.hint ?? {}),
    });
  }

  /** Returns the page for another tab of the browser that has answered. */
  answeredBefore(): string {
    return this.#render('answered-before', this.#asker());
  }

  /** Returns the page of a request that rule 5 or 9 of the loopback server refuses. */
  notAccepted(status: number, reason: string): string {
    const advice =
      'If you are signing in, go on in the tab that daypass opened last. If that tab is gone, run the command again in your terminal. Otherwise, close this tab.';
    return this.#render('not-accepted', { status, reason: sentence(reason), advice });
  }

  /** Returns the page of an answer to this sign-in from a browser that did not open its link. */
  ofAnotherBrowser(): string {
    const reason =
      'this browser, or this container or profile of it, did not open the sign-in link, or it stores no cookies for this machine';
    const advice =
      'If you have just signed in here yourself, run this in your terminal, and paste there the address of this page:';
    const code = `daypass login ${this.#shown.signInFlags}`;
    return this.#render('not-accepted', { status: 403, reason: sentence(reason), advice, code });
  }

  /** Returns the page for a browser of another account, which may be that of a person in a root shell. */
  ofAnotherAccount(peer: Foreign): string {
    const advice =
      'If both accounts are yours, run this in your terminal, open the address that it prints, and paste there the address at which your browser ends:';
    const code = 'daypass login --browser none';
    return this.#render('not-accepted', {
      ...{ status: 403, reason: sentence(foreignReason(peer)), advice, code },
    });
  }

  #asker(): Record<string, string | undefined> {
    const { profile, roleArn } = this.#shown;
    const role = parseRoleArn(roleArn);
    return { profile, roleArn, role: role?.name, account: role && shownAccount(role.account) };
  }

  #render(view: string, data: object): string {
    return this.#eta.render(view, { style: this.#style, script: this.#script, ...data });
  }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** Returns words such as `in 1 hour 30 minutes` for milliseconds. */
function inWords(left: number): string {
  const all = Math.round(left / 60_000);
  if (all < 1) return 'in less than a minute';
  const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;
  const [hours, minutes] = [Math.floor(all / 60), all % 60];
  const words = [hours > 0 && counted(hours, 'hour'), minutes > 0 && counted(minutes, 'minute')];
  return `in ${words.filter(Boolean).join(' ')}`;
}

const titles: { [Code in ErrorReport['code']]?: string } = {
  denied: 'Sign-in was denied',
  cancelled: 'Sign-in was cancelled',
  'sign-in-timeout': 'Sign-in took too long',
  'start-link-reused': 'Sign-in was stopped',
  'trust-policy': 'Signed in, but AWS refused the role',
  'identity-changed': 'You signed in as somebody else',
  'sts-unreachable': 'Signed in, but AWS did not answer',
  'sts-failed': 'Signed in, but AWS gave no credentials',
  'sts-token-refused': 'Signed in, but AWS refused the token',
};

/** Returns what to do, and the command or JSON to copy; a page shows JSON in several lines. */
function nextStep({ command, paste, ...hint }: Hint): { advice: string; code?: string } {
  const words = capitalised(printable(hintText(hint), longestHint));
  if (command) {
    const advice = words ? `${words}, run:` : 'Run this in your terminal:';
    return { advice, code: printable(command, longestHint) };
  }
  if (paste) return { advice: `${words}:`, code: JSON.stringify(JSON.parse(paste), null, 2) };
  return { advice: sentence(words) };
}

/** Returns the words as a sentence. A value at their end gets no full stop, since a person may copy it. */
function sentence(words: string): string {
  const isValue = /[=:/]/.test(words.split(/\s/).at(-1) ?? '');
  const ends = words === '' || isValue || /[.!?…]$/.test(words);
  return capitalised(ends ? words : `${words}.`);
}

/** Returns the words with a capital first letter, unless the first is a value (an address, a setting). */
function capitalised(words: string): string {
  const isValue = !/^[a-z]+(['’][a-z]+)?([\s,;]|$)/.test(words) || words.startsWith('daypass ');
  return isValue ? words : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
