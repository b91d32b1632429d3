import type { Duplex } from 'node:stream';
import type { ErrorReport } from '../errors.ts';
import type { Reason } from '../session/next-call.ts';
import type { CredentialsRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';
import type { Failure } from '../state/outcome.ts';

// The messages between callers and a renewal, one JSON object a line. The caller that started the renewal
// uses its private pipe, other waiters use the socket of the lock.

/** Milliseconds that a person has to sign in after the last caller came that can reach a person. */
export const personPatience = 300_000;

/** Milliseconds to wait for the end of a sign-in: longer than the sign-in itself waits. */
export const toTheEnd = personPatience + 30_000;

/** The request of one caller. */
export interface Join {
  /** Account name of the credentials record that the caller needs. */
  credentials: string;
  /** A person can be reached through this caller, by a tab or a link. */
  interactive: boolean;
  /** A tab can be opened where the caller runs: on its desktop, or by a program. */
  desktop: boolean;
  /** The caller can ask for the final address of a browser, so it gets `providerLink`. */
  pastes?: boolean | undefined;
  /** The name of the caller's terminal. The link is printed once on each. */
  terminal?: string | undefined;
}

/** The messages to a renewal. */
export type ToRenewal =
  /** `force`, of `login --force`: ignore stored records; another person may sign in. */
  | { type: 'start'; settings: Settings; stateDirectory: string; join: Join; force: boolean }
  | ({ type: 'join' } & Join)
  /** The address at which a browser on another machine ended. */
  | { type: 'paste'; address: string }
  /** ^C. */
  | { type: 'interrupt' }
  /** `logout` and `login --force` end the renewal. */
  | { type: 'cancel'; by: CancelledBy };

export type CancelledBy = 'login' | 'logout';

/** The link with which a person signs in. */
export interface SignInLink {
  type: 'link';
  link: string;
  /** The caller is the first on its terminal, and prints the link. */
  print: boolean;
  /** The renewal has started a browser. */
  browser: boolean;
  /** The device code that the person types in at the link (RFC 8628 3.3). */
  userCode?: string | undefined;
  /** The authorization request itself, for a caller with `pastes`. */
  providerLink?: string | undefined;
  /** Why a person is needed. A renewal of 0.1.0 does not say it. */
  reason?: SignInReason | undefined;
}

/** Why a person has to sign in; `forced`: a person asked for it with `login --force`. */
export type SignInReason = Reason | 'forced';

/** A line for the person, for example that the browser did not start. */
export interface Remark {
  type: 'remark';
  text: string;
  /** A caller with `pastes` asks for the address at which the browser ended. */
  asksAddress?: boolean | undefined;
}

/** The reason why a pasted address is not accepted. The caller may send another. */
export interface PasteRefused {
  type: 'paste-refused';
  reason: string;
  /** The authorization request to open instead of the last one. */
  providerLink?: string | undefined;
}

/** The messages to a caller. */
export type ToReader =
  /** The greeting. A connection alone proves nothing: it may be to the closing socket of a dead holder. */
  | { type: 'holding' }
  /** Another renewal holds the lock, and the caller joins that one. */
  | { type: 'lost' }
  | SignInLink
  | PasteRefused
  | Remark
  /** The answer to ^C if other callers still wait. Without others, the answer is the outcome. */
  | { type: 'goes-on' }
  | OutcomeMessage;

/** The last message of a renewal. */
export interface OutcomeMessage {
  type: 'outcome';
  outcome: Outcome;
  /** Credentials that could not be saved; only the caller that started the renewal gets them. */
  unsaved?: CredentialsRecord | undefined;
}

/** How a renewal ended: with stored credentials, or with an error. */
export type Outcome =
  | { ok: true; credentials: string /** Who is signed in. */; identity?: string | undefined }
  /** `scope`: the failure concerns all callers, those of the same role, or those that allow no browser. */
  | { ok: false; scope: Failure['scope']; credentials: string; error: ErrorReport };

/** Sends a message, unless the other end is gone. */
export function send(socket: Duplex, message: ToRenewal | ToReader): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Passes each message to `handle`. Disconnects a peer that sends other lines, or 1 MB without an end. */
export function onMessages<Message extends ToRenewal | ToReader>(
  socket: Duplex,
  handle: (message: Message) => void,
): void {
  let pending = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    pending += chunk;
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > 1_000_000) socket.destroy();
    for (const line of lines) {
      // `handle` may have disconnected the peer.
      if (socket.destroyed) return;
      const message = parse(line);
      if (!message) {
        socket.destroy();
        return;
      }
      handle(message as Message);
    }
  });
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
