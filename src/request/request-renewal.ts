import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Presence } from '../browser/presence.ts';
import type { Context } from '../context.ts';
import { DaypassError } from '../errors.ts';
import type { CredentialsRecord } from '../session/records.ts';
import { readIndexEntry } from '../session/sign-in-index.ts';
import { ensurePrivateFolder } from '../state/directory.ts';
import { connectToHolder } from '../state/lock.ts';
import { coolDownError, readLastOutcome } from '../state/outcome.ts';
import { closed, type Ending, followRenewal, type InterruptEffect, type Limits } from './follow-renewal.ts';
import { longestSilence, unanswered } from './foreign-holder.ts';
import {
  type Join,
  type Outcome,
  type OutcomeMessage,
  type PasteRefused,
  type SignInLink,
  send,
} from './protocol.ts';
import { providerPageAdvice } from './provider-page-advice.ts';
import { loginHint, signInNeeded, withObstacle } from './sign-in-needed.ts';
import { mayStart, startRenewal } from './start-renewal.ts';

/** A program that ends every connection to its lock would keep callers busy. */
const mostVain = 100;

/** The wishes of one caller, and the functions that its notices are passed to. */
export interface RenewalRequest extends Presence {
  force?: boolean;
  /** Milliseconds to wait. */
  patience: number;
  /** Reads the usable credentials. It is called again whenever the renewal of another caller has ended. */
  look: () => Promise<CredentialsRecord | undefined>;
  /** `paste` sends the address at which a browser on another machine ended. */
  onLink?: (event: SignInLink, how: { joined: boolean; paste: (address: string) => void }) => void;
  onPasteRefused?: (refused: PasteRefused) => void;
  /** The caller can ask for such an address. */
  pastes?: boolean;
  /** `paste` is there if the address of the page at which the browser ended would help. */
  onRemark?: (text: string, paste?: (address: string) => void) => void;
  /** Called before the credentials are returned. `identity`: who is signed in, if the renewal tells it. */
  onSignedIn?: (identity: string | undefined) => void;
  /** ^C. */
  interrupted?: AbortSignal;
  /** Called before `interrupted` is thrown, where a renewal ran. */
  onInterrupted?: (effect: InterruptEffect) => void;
}

/**
 * Joins the running renewal, or starts one, and returns its credentials. Throws the renewal's own error;
 * `sign-in-open` or `renewal-running` when the patience ends; `renewal-died`; `interrupted`.
 */
export async function requestRenewal(context: Context, request: RenewalRequest): Promise<CredentialsRecord> {
  return await new Requester(context, request).run();
}

/** One caller that waits for credentials. Each round ends with them, with an error, or with another look. */
class Requester {
  readonly #context: Context;
  readonly #request: RenewalRequest;
  readonly #folder: string;
  readonly #join: Join;
  /** By the monotonic clock, because the clock of the machine may be set. */
  readonly #deadline: number;
  /** `retrying`: one renewal has died. `person-asked`: the caller has received a link. */
  #state: 'new' | 'retrying' | 'person-asked' = 'new';
  #link: SignInLink | undefined;
  /** The rounds in a row in which no renewal said anything. */
  #vain = 0;

  constructor(context: Context, request: RenewalRequest) {
    const { interactive, desktop, terminal, pastes, force } = request;
    this.#context = context;
    this.#request = request;
    this.#folder = ensurePrivateFolder(context.stateDirectory, context.keys.signIn, context.log);
    this.#join = { credentials: context.keys.credentials, interactive, desktop, terminal, pastes };
    this.#deadline = performance.now() + request.patience;
    context.log('asks', { interactive, desktop, terminal: terminal !== undefined, force });
  }

  async run(): Promise<CredentialsRecord> {
    const { force, look } = this.#request;
    for (let first = true; ; first = false) {
      if (this.#limits.patience === 0) throw this.#outOfPatience();
      // The caller has read the store just before the first round.
      const stored = first || force ? undefined : await look();
      const record = stored ?? (await this.#judge(await this.#round()));
      if (record) return record;
      if (this.#vain > mostVain) throw this.#unanswered();
      if (this.#vain > mostVain / 10) await sleep(100);
    }
  }

  /** Joins the holder of the lock or, for `--force`, cancels it. Starts a renewal if there is none. */
  async #round(): Promise<Ending | undefined> {
    const holder = await connectToHolder(this.#folder, 'renewal');
    if (!holder) {
      this.#throwIfCoolingDown();
      return await this.#start();
    }
    if (this.#request.force) {
      // The renewal of another caller may sign in the wrong person.
      send(holder, { type: 'cancel', by: 'login' });
      await this.#waitFor(holder);
      this.#context.log('cancelled-another');
      return undefined;
    }
    send(holder, { type: 'join', ...this.#join });
    this.#context.log('joined');
    return await this.#follow(holder, true);
  }

  /** Starts a renewal, or waits until another caller that is about to start one has done so. */
  async #start(): Promise<Ending | undefined> {
    const starting = await mayStart(this.#folder);
    if (!starting) {
      const other = await connectToHolder(this.#folder, 'start');
      if (other) await this.#waitFor(other);
      this.#context.log('renewal-is-started-by-another');
      return undefined;
    }
    try {
      const pipe = startRenewal(this.#context, { join: this.#join, force: this.#request.force ?? false });
      return await this.#follow(pipe, false, () => void starting.release());
    } finally {
      await starting.release();
    }
  }

  #follow(socket: Duplex, joined: boolean, onHolding?: () => void): Promise<Ending> {
    const { onLink, onRemark, onPasteRefused } = this.#request;
    const paste = (address: string) => send(socket, { type: 'paste', address });
    const { settings } = this.#context;
    return followRenewal(socket, { joined, settings, ...this.#limits }, (notice) => {
      if (notice.type === 'holding') onHolding?.();
      else if (notice.type === 'remark') onRemark?.(notice.text, notice.asksAddress ? paste : undefined);
      else if (notice.type === 'paste-refused') onPasteRefused?.(notice);
      else if (notice.type === 'link') {
        this.#state = 'person-asked';
        this.#link = notice;
        this.#context.log('link-told', { shown: notice.print });
        onLink?.(notice, { joined, paste });
      }
    });
  }

  /** Returns the credentials that a round brought, or undefined for another look. Throws its error. */
  async #judge(ending: Ending | undefined): Promise<CredentialsRecord | undefined> {
    this.#vain = !ending || ending.type === 'lost' ? this.#vain + 1 : 0;
    if (!ending) return undefined;
    if (ending.type === 'silent') throw this.#unanswered();
    if (ending.type === 'outcome') return await this.#use(ending);
    if (ending.type === 'late') throw this.#outOfPatience();
    if (ending.type === 'interrupted') {
      this.#request.onInterrupted?.(ending.effect);
      throw new DaypassError('interrupted', 'interrupted');
    }
    this.#context.log(`renewal-${ending.type}`);
    if (ending.type === 'lost') return undefined;
    // One more try, unless a person was asked already: a second tab would be a stray one.
    if (this.#state === 'new') {
      this.#state = 'retrying';
      return undefined;
    }
    const { settings } = this.#context;
    const died = `the sign-in of profile ${settings.profile} ended without a result`;
    throw new DaypassError('renewal-died', died, { hint: loginHint(settings) });
  }

  async #use({ outcome, unsaved }: OutcomeMessage): Promise<CredentialsRecord | undefined> {
    const { look, onRemark, onSignedIn } = this.#request;
    const failure = outcome.ok ? {} : { code: outcome.error.code, scope: outcome.scope };
    this.#context.log('answered', { ok: outcome.ok, ...failure });
    if (unsaved) {
      if (!outcome.ok) onRemark?.(`the session could not be saved: ${outcome.error.faults.join('; ')}`);
      return unsaved;
    }
    if (!outcome.ok && concerns(outcome, this.#join))
      throw this.#told(DaypassError.fromReport(outcome.error));
    if (!outcome.ok || outcome.credentials !== this.#join.credentials) return undefined;
    const record = await look();
    if (record) {
      onSignedIn?.(outcome.identity);
      return record;
    }
    const lost = 'the session was saved, but the store does not return it';
    throw new DaypassError('keychain-failed', lost, { hint: loginHint(this.#context.settings) });
  }

  /** Throws the error of a cool-down, or `sign-in-needed` if there is nothing to renew silently. */
  #throwIfCoolingDown(): void {
    if (this.#request.force) return;
    const { interactive, credentials } = this.#join;
    const error = coolDownError(readLastOutcome(this.#folder), credentials, { interactive, now: Date.now() });
    if (error) throw this.#told(error);
    // The index knows every sign-in that was ever saved.
    if (!interactive && !readIndexEntry(this.#folder)) throw this.#told(signInNeeded(this.#context.settings));
  }

  #told(error: DaypassError): DaypassError {
    return withObstacle(error, this.#request);
  }

  /** Waits until the holder of a lock has freed it. Throws `renewal-running`. */
  async #waitFor(holder: Duplex): Promise<void> {
    const { patience, interrupted } = this.#limits;
    const limits = { patience: Math.min(patience, longestSilence), interrupted };
    if (!(await closed(holder, limits))) throw this.#unanswered();
  }

  get #limits(): Limits {
    const patience = Math.max(0, this.#deadline - performance.now());
    return { patience, interrupted: this.#request.interrupted };
  }

  #unanswered(): DaypassError {
    return unanswered(`profile ${this.#context.settings.profile}`);
  }

  #outOfPatience(): DaypassError {
    const { settings } = this.#context;
    const { profile } = settings;
    if (this.#link) {
      const { link, userCode } = this.#link;
      const open = `the sign-in of profile ${profile} is still open in the browser`;
      const finish = 'finish it there';
      const advice = userCode ? finish : `${providerPageAdvice(settings, link)}; else ${finish}`;
      return new DaypassError('sign-in-open', open, { hint: { advice, again: true } });
    }
    const slow = `the renewal of profile ${profile} takes longer than this call may wait`;
    return new DaypassError('renewal-running', slow, { hint: 'try again in a few minutes' });
  }
}

/** Returns whether the failure of another caller's renewal is a failure for this caller, too. */
function concerns(outcome: Extract<Outcome, { ok: false }>, { interactive, credentials }: Join): boolean {
  if (outcome.scope === 'no-browser') return !interactive;
  return outcome.scope === 'sign-in' || outcome.credentials === credentials;
}
