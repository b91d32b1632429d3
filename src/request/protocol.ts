import type { Socket } from 'node:net';
import type { ErrorReport } from '../errors.ts';
import type { CredentialsRecord } from '../session/records.ts';
import type { Settings } from '../settings/settings.ts';

// What a reader and a renewal say to each other, a JSON line each: over the private pipe between the renewal and the reader
// that started it, and over the lock's socket with everyone who waits.

/** A person gets this long after the last caller came that could show a link. */
export const personPatience = 300_000;

/** Milliseconds to wait for a sign-in to the end: longer than it may stay open, so that its own end is what is told. */
export const toTheEnd = personPatience + 30_000;

/** What one caller wants. */
export interface Join {
  /** Account name of the credentials record that the caller needs. */
  credentials: string;
  /** A person can be reached through this caller: a tab or a link is wanted if nothing silent works. */
  interactive: boolean;
  /** The caller sits at a desktop on which a tab can be opened. */
  desktop: boolean;
  /** The caller can take the address that a browser elsewhere ended at, so it is told the provider's own link. */
  pastes?: boolean | undefined;
  /** The caller's terminal, so that the link is printed once on each. */
  terminal?: string | undefined;
}

export type ToRenewal =
  | {
      type: 'start';
      settings: Settings;
      stateDirectory: string;
      join: Join;
      /** Do without what is stored and let the person sign in anew, as whom they like. */
      force: boolean;
    }
  | ({ type: 'join' } & Join)
  /** The address that the person's browser, on another machine, ended at. */
  | { type: 'paste'; address: string }
  /** ^C: the person no longer wants it. */
  | { type: 'interrupt' }
  /** `logout` and `login --force` end what is under way. */
  | { type: 'cancel' };

/** What a person needs to sign in. */
export interface SignInLink {
  type: 'link';
  link: string;
  /** This caller is the first on its terminal. */
  print: boolean;
  /** A browser was started for it. */
  browser: boolean;
  /** To be typed in at the link (RFC 8628 3.3). */
  userCode?: string | undefined;
  /** The authorization request itself, for whoever pastes back where it ends. */
  providerLink?: string | undefined;
}

export type ToReader =
  /** Said first to everyone: a connection alone proves nothing, since the kernel may still be closing a dead holder's socket. */
  | { type: 'holding' }
  /** Another renewal holds the lock: join that one. */
  | { type: 'lost' }
  | SignInLink
  /** Why what was pasted is not taken; the next may be. */
  | { type: 'paste-refused'; reason: string }
  /** The browser did not start; the link still works. */
  | { type: 'remark'; text: string }
  | { type: 'outcome'; outcome: Outcome; unsaved?: CredentialsRecord };

/** How a renewal ended; the very error that it met, and whom it concerns. */
export type Outcome =
  | { ok: true; credentials: string }
  | {
      ok: false;
      /** `sign-in` binds every role of this sign-in, `role` one credentials record, `no-browser` callers that allow none. */
      scope: 'sign-in' | 'role' | 'no-browser';
      credentials: string;
      error: ErrorReport;
    };

export function send(socket: Socket, message: ToRenewal | ToReader): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Hands over each line's message; a peer that sends anything else, or too much of it, is cut off. */
export function onMessages<Message extends ToRenewal | ToReader>(
  socket: Socket,
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
