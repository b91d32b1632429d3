import type { Socket } from 'node:net';
import { DaypassError } from '../errors.ts';
import { type OutcomeMessage, onMessages, type SignInLink, send, type ToReader } from './protocol.ts';

/** How long a caller waits at a connection: `patience` in milliseconds, or until ^C. */
export interface Limits {
  patience: number;
  interrupted: AbortSignal | undefined;
}

/** How the connection to a renewal ended. */
export type Ending =
  | OutcomeMessage
  /** Another renewal has the lock, or the process at the other end was not its holder. */
  | { type: 'lost' }
  /** The renewal ended without an outcome. */
  | { type: 'died' }
  /** The patience of the caller ended first. */
  | { type: 'late' };

/** Passes the messages of a renewal to `hear` until it ends, or the patience does. Throws `interrupted`. */
export function followRenewal(
  socket: Socket,
  joined: boolean,
  limits: Limits,
  hear: (notice: Exclude<ToReader, { type: 'outcome' | 'lost' }>) => void,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const settle = (ending: Ending) => {
      resolve(ending);
      socket.destroy();
    };
    const onInterrupt = () => {
      send(socket, { type: 'interrupt' });
      socket.end(() => reject(new DaypassError('interrupted', 'interrupted')));
    };
    limit(socket, limits, () => settle({ type: 'late' }), onInterrupt);
    // Not `joined`: this caller started the renewal, so no other process is at the other end.
    let greeted = !joined;
    socket.on('close', () => settle({ type: greeted ? 'died' : 'lost' }));
    onMessages<ToReader>(socket, (message) => {
      greeted = true;
      if (message.type === 'lost') settle(message);
      // Only the renewal that this caller started may pass credentials that are in no store.
      else if (message.type === 'outcome') settle(joined ? { ...message, unsaved: undefined } : message);
      else if (message.type === 'link' && !isOurLink(message)) socket.destroy();
      else hear(message);
    });
  });
}

/** Resolves when the other end has closed the connection, or when the patience ends. Throws `interrupted`. */
export function closed(socket: Socket, limits: Limits): Promise<void> {
  return new Promise((resolve, reject) => {
    const onInterrupt = () => {
      reject(new DaypassError('interrupted', 'interrupted'));
      socket.destroy();
    };
    limit(socket, limits, () => socket.destroy(), onInterrupt);
    socket.resume().on('close', () => resolve());
  });
}

function limit(socket: Socket, limits: Limits, onLate: () => void, onInterrupt: () => void): void {
  const { patience, interrupted } = limits;
  const timer = setTimeout(onLate, patience);
  if (interrupted?.aborted) onInterrupt();
  interrupted?.addEventListener('abort', onInterrupt);
  socket.on('close', () => {
    clearTimeout(timer);
    interrupted?.removeEventListener('abort', onInterrupt);
  });
}

/** Returns whether a link leads to this machine or asks for a device code. Other links are not opened. */
function isOurLink({ link, userCode }: SignInLink): boolean {
  return userCode !== undefined || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\//.test(link);
}
