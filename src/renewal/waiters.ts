import type { Duplex } from 'node:stream';
import type { Log } from '../log.ts';
import type { Join, Outcome, PasteRefused, Remark, SignInLink, ToRenewal } from '../request/protocol.ts';
import { onMessages, send } from '../request/protocol.ts';
import type { CredentialsRecord } from '../session/records.ts';

interface Waiter {
  socket: Duplex;
  /** Undefined until its `join` came. */
  join?: Join;
  interrupted: boolean;
  /** It connected only to cancel this renewal. */
  cancels: boolean;
}

/** A remark, and the terminals that show it. */
interface Told {
  message: Remark;
  terminals: Set<string>;
}

type Announcement = Omit<SignInLink, 'type' | 'print'>;

/** The waiters of a renewal. They get link, remarks and outcome, and tell whether a person can be reached. */
export class Waiters {
  /** Called after ^C of the last waiter, and for `logout` and `login --force`. */
  onCancel: () => void = () => {};
  onInteractive: () => void = () => {};
  /** Accepts a pasted address, or returns the reason why not. */
  onPaste: (address: string) => Omit<PasteRefused, 'type'> | undefined = () => ({
    reason: 'no sign-in is waiting for an address',
  });
  readonly #waiting = new Set<Waiter>();
  readonly #terminals = new Set<string>();
  #starter: Duplex | undefined;
  #link: Announcement | undefined;
  /** The remarks that stand. */
  readonly #remarks: Told[] = [];
  #refused: Outcome | undefined;
  #outcome: Outcome | undefined;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Admits the caller that started the renewal. Only this one gets credentials that could not be saved. */
  admitStarter(socket: Duplex, join: Join): void {
    this.#starter = socket;
    this.#join(this.admit(socket), join);
  }

  get anyInteractive(): boolean {
    return this.#some((join) => join.interactive);
  }

  get anyDesktop(): boolean {
    return this.#some((join) => join.interactive && join.desktop);
  }

  /** Whether a person sees a link that is printed. */
  get anyTerminal(): boolean {
    return this.#some((join) => join.interactive && join.terminal !== undefined);
  }

  announce(link: Announcement): void {
    this.#link = link;
    for (const waiter of this.#waiting) this.#tellLink(waiter);
  }

  /** Tells the persons who can be reached, once on each terminal. One that `stands` is for later callers, too. */
  remark(text: string, { stands = false, asksAddress = false } = {}): void {
    const remark: Told = { message: { type: 'remark', text, asksAddress }, terminals: new Set() };
    if (stands || asksAddress) this.#remarks.push(remark);
    for (const waiter of this.#waiting) tellRemark(waiter, remark);
  }

  /** Reports `outcome` to present and future callers that allow no browser. The others continue to wait. */
  refuseNonInteractive(outcome: Outcome): void {
    this.#refused = outcome;
    for (const waiter of this.#waiting)
      if (waiter.join && !waiter.join.interactive) this.#end(waiter, outcome);
  }

  /** Reports `outcome` to all waiters, also to those that come later. */
  finish(outcome: Outcome, unsaved?: CredentialsRecord): void {
    this.#outcome = outcome;
    for (const waiter of this.#waiting)
      if (waiter.join || waiter.cancels)
        this.#end(waiter, outcome, waiter.socket === this.#starter ? unsaved : undefined);
  }

  /** Resolves when all present waiters have left. */
  async left(): Promise<void> {
    const closed = ({ socket }: Waiter) => new Promise((resolve) => socket.on('close', resolve));
    await Promise.all([...this.#waiting].map(closed));
  }

  /** Admits a caller that has connected to the lock. */
  admit(socket: Duplex): Waiter {
    const waiter: Waiter = { socket, interrupted: false, cancels: false };
    this.#waiting.add(waiter);
    send(socket, { type: 'holding' });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#waiting.delete(waiter);
      this.#log('waiter-left', { interrupted: waiter.interrupted, waiting: this.#waiting.size });
      // Only ^C cancels. A caller that was killed, hung up or timed out leaves the person in the browser.
      // A waiter that has sent no `join` yet counts, too: it may die before its message is read.
      const last = [...this.#waiting].every(({ cancels }) => cancels);
      if (last && waiter.interrupted) this.onCancel();
    });
    onMessages<ToRenewal>(socket, (message) => {
      if (message.type === 'join') this.#join(waiter, message);
      else if (message.type === 'interrupt') waiter.interrupted = true;
      else if (message.type === 'paste') {
        const refused = this.onPaste(message.address);
        if (!refused) return;
        send(socket, { type: 'paste-refused', ...refused });
        const { providerLink } = refused;
        if (this.#link && providerLink !== undefined) this.#link = { ...this.#link, providerLink };
      } else if (message.type === 'cancel') {
        waiter.cancels = true;
        this.onCancel();
      }
    });
    return waiter;
  }

  #join(waiter: Waiter, join: Join): void {
    waiter.join = join;
    const { interactive, desktop, terminal } = join;
    this.#log('waiter', { interactive, desktop, terminal: terminal !== undefined });
    const known = this.#outcome ?? (join.interactive ? undefined : this.#refused);
    if (known) {
      this.#end(waiter, known);
      return;
    }
    if (join.interactive) this.onInteractive();
    this.#tellLink(waiter);
    for (const remark of this.#remarks) tellRemark(waiter, remark);
  }

  #tellLink({ socket, join }: Waiter): void {
    if (!this.#link || !join?.interactive) return;
    const { terminal } = join;
    const print = terminal !== undefined && !this.#terminals.has(terminal);
    if (terminal !== undefined) this.#terminals.add(terminal);
    const { providerLink, ...link } = this.#link;
    send(socket, { type: 'link', ...link, print, ...(join.pastes ? { providerLink } : {}) });
  }

  #end({ socket }: Waiter, outcome: Outcome, unsaved?: CredentialsRecord): void {
    send(socket, { type: 'outcome', outcome, unsaved });
    socket.end();
  }

  #some(matches: (join: Join) => boolean): boolean {
    return [...this.#waiting].some(({ join }) => join !== undefined && matches(join));
  }
}

function tellRemark({ socket, join }: Waiter, { message, terminals }: Told): void {
  if (!join?.interactive) return;
  const { terminal, pastes } = join;
  const isNew = terminal === undefined || !terminals.has(terminal);
  if (terminal !== undefined) terminals.add(terminal);
  // The caller that can ask may share its terminal with one that has the message already.
  if (isNew || (message.asksAddress && pastes)) send(socket, message);
}
