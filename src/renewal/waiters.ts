import type { Duplex } from 'node:stream';
import type { Log } from '../log.ts';
import { deferred } from '../process/deferred.ts';
import type {
  CancelledBy,
  Join,
  Outcome,
  PasteRefused,
  Remark,
  SignInLink,
  ToRenewal,
} from '../request/protocol.ts';
import { onMessages, send } from '../request/protocol.ts';
import type { CredentialsRecord } from '../session/records.ts';

interface Waiter {
  socket: Duplex;
  /** Undefined until its `join` came. */
  join?: Join;
  interrupted: boolean;
  /** It connected only to cancel this renewal. */
  cancels: boolean;
  /** Resolves after its end is logged. A socket counts as closed earlier, before its event `close`. */
  left: Promise<void>;
}

/** A remark, and the terminals that show it. */
interface Told {
  message: Remark;
  terminals: Set<string>;
}

/** Milliseconds. ^C reaches all callers in the foreground of a terminal, but not at the same instant. */
const togetherness = 200;

type Announcement = Omit<SignInLink, 'type' | 'print'>;

/** The waiters of a renewal. They get link, remarks and outcome, and tell whether a person can be reached. */
export class Waiters {
  /** Called after ^C of the last waiter (`interrupt`), and for `logout` and `login --force`. */
  onCancel: (by: 'interrupt' | CancelledBy) => void = () => {};
  onInteractive: () => void = () => {};
  /** Accepts a pasted address, or returns the reason why not. */
  onPaste: (address: string) => Omit<PasteRefused, 'type'> | undefined = () => ({
    reason: 'no sign-in is waiting for an address',
  });
  readonly #waiting = new Set<Waiter>();
  /** Waiters that have left without ^C in this turn of the event loop. */
  #justLost = 0;
  readonly #terminals = new Set<string>();
  #starter: Duplex | undefined;
  #link: Announcement | undefined;
  /** The remarks that stand. */
  readonly #remarks: Told[] = [];
  #refused: Outcome | undefined;
  #outcome: Outcome | undefined;
  #interrupted = false;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Admits the caller that started the renewal. Only this one gets credentials that could not be saved. Returns what
   * takes its messages: the first ones may have come before the lock was taken, and ^C must not be lost.
   */
  admitStarter(socket: Duplex, join: Join): (message: ToRenewal) => void {
    this.#starter = socket;
    const waiter = this.#enter(socket);
    this.#join(waiter, join);
    return (message) => this.#hear(waiter, message);
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

  /** Whether a command still waits for these credentials. */
  anyFor(credentials: string): boolean {
    return [...this.#waiting].some(({ socket, join }) => join?.credentials === credentials && !socket.closed);
  }

  /** Whether the command that started the renewal still waits, as only that one gets what could not be saved. */
  get starterWaits(): boolean {
    return (
      this.#starter?.closed === false && [...this.#waiting].some(({ socket }) => socket === this.#starter)
    );
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
    // They hold the tokens of the renewal, and the listener, which outlives it, holds these waiters.
    this.onCancel = () => {};
    this.onInteractive = () => {};
    this.onPaste = () => ({ reason: 'the sign-in has ended' });
    for (const waiter of this.#waiting)
      if (waiter.join || waiter.cancels)
        this.#end(waiter, outcome, waiter.socket === this.#starter ? unsaved : undefined);
  }

  /** Resolves when all present waiters have left. */
  async left(): Promise<void> {
    await Promise.all([...this.#waiting].map(({ left }) => left));
  }

  /** Admits a caller that has connected to the lock. */
  admit(socket: Duplex): void {
    const waiter = this.#enter(socket);
    onMessages<ToRenewal>(socket, (message) => this.#hear(waiter, message));
  }

  #enter(socket: Duplex): Waiter {
    const { promise, resolve } = deferred();
    const waiter: Waiter = { socket, interrupted: false, cancels: false, left: promise };
    // The starter may have left before it was admitted.
    if (socket.closed) resolve();
    this.#waiting.add(waiter);
    send(socket, { type: 'holding' });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#waiting.delete(waiter);
      // After a pause of this process, the order in which a loss and a ^C are noticed says nothing.
      if (!waiter.interrupted) {
        this.#justLost += 1;
        setImmediate(() => {
          this.#justLost -= 1;
        });
      }
      this.#log('waiter-left', { interrupted: waiter.interrupted, waiting: this.#waiting.size });
      // Who only looked at the lock, or was killed, may have left since its ^C.
      if (waiter.interrupted && !this.#othersWait) this.#interrupt();
      resolve();
    });
    return waiter;
  }

  #hear(waiter: Waiter, message: ToRenewal): void {
    if (message.type === 'join') this.#join(waiter, message);
    else if (message.type === 'interrupt') this.#onInterrupt(waiter);
    else if (message.type === 'paste') {
      const refused = this.onPaste(message.address);
      if (!refused) return;
      send(waiter.socket, { type: 'paste-refused', ...refused });
      const { providerLink } = refused;
      if (this.#link && providerLink !== undefined) this.#link = { ...this.#link, providerLink };
    } else if (message.type === 'cancel') {
      waiter.cancels = true;
      this.onCancel(message.by);
    }
  }

  /**
   * Only ^C cancels, if no other caller waits: one that was killed, hung up or timed out leaves the person in the
   * browser. A waiter that has sent no `join` yet counts, too: it may die before its message is read.
   */
  #onInterrupt(waiter: Waiter): void {
    waiter.interrupted = true;
    if (!this.#othersWait) this.#interrupt();
    else setTimeout(() => this.#othersWait && send(waiter.socket, { type: 'goes-on' }), togetherness).unref();
  }

  #interrupt(): void {
    if (this.#interrupted) return;
    this.#interrupted = true;
    this.onCancel('interrupt');
  }

  /** Whether a caller waits that neither left with ^C nor came to cancel. */
  get #othersWait(): boolean {
    return (
      this.#justLost > 0 || [...this.#waiting].some(({ interrupted, cancels }) => !interrupted && !cancels)
    );
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
