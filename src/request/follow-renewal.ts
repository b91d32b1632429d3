import type { Duplex } from 'node:stream';
import { DaypassError } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';
import { checkMessage } from './check-message.ts';
import { longestSilence } from './foreign-holder.ts';
import { type OutcomeMessage, onMessages, send, type ToReader } from './protocol.ts';

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
  | { type: 'late' }
  /** The process at the other end has said nothing, and is perhaps no renewal. */
  | { type: 'silent' }
  | { type: 'interrupted'; effect: InterruptEffect };

/** What ^C did: it ended the sign-in, only this wait for it, or came after its end; `unknown` without an answer. */
export type InterruptEffect = 'cancelled' | 'goes-on' | 'too-late' | 'unknown';

/** Milliseconds that a caller waits after ^C for the answer of the renewal. */
const longestFarewell = 1000;

/**
 * Passes the messages of a renewal to `hear` until it ends, or the patience does. Throws `renewal-running` for a
 * link that this caller does not show.
 */
export function followRenewal(
  socket: Duplex,
  { joined, settings, ...limits }: Limits & { joined: boolean; settings: Settings },
  hear: (notice: Exclude<ToReader, { type: 'outcome' | 'lost' | 'goes-on' }>) => void,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const settle = (ending: Ending) => {
      resolve(ending);
      socket.destroy();
    };
    let interrupted = false;
    let farewell: NodeJS.Timeout | undefined;
    const leave = (effect: InterruptEffect) => settle({ type: 'interrupted', effect });
    const onInterrupt = () => {
      interrupted = true;
      send(socket, { type: 'interrupt' });
      farewell = setTimeout(leave, longestFarewell, 'unknown');
    };
    // Not `joined`: this caller started the renewal, so no other process is at the other end.
    let greeted = !joined;
    const onLate = () => settle({ type: greeted ? 'late' : 'silent' });
    limit(socket, limits, onLate, onInterrupt);
    const silence = setTimeout(() => greeted || settle({ type: 'silent' }), longestSilence);
    socket.on('close', () => {
      clearTimeout(silence);
      clearTimeout(farewell);
      if (interrupted) leave('unknown');
      else settle({ type: greeted ? 'died' : 'lost' });
    });
    onMessages<ToReader>(socket, (message) => {
      greeted = true;
      try {
        const checked = checkMessage(message, settings);
        if (!checked) socket.destroy();
        else if (interrupted) {
          if (checked.type === 'goes-on') leave('goes-on');
          if (checked.type === 'outcome') leave(checked.outcome.ok ? 'too-late' : 'cancelled');
        } else if (checked.type === 'goes-on') return;
        else if (checked.type === 'lost') settle(checked);
        // Only the renewal that this caller started may pass credentials that are in no store.
        else if (checked.type === 'outcome') settle(joined ? { ...checked, unsaved: undefined } : checked);
        else hear(checked);
      } catch (error) {
        reject(error);
        socket.destroy();
      }
    });
  });
}

/** Returns whether the other end closes the connection before the patience ends. Throws `interrupted`. */
export function closed(socket: Duplex, limits: Limits): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onInterrupt = () => {
      reject(new DaypassError('interrupted', 'interrupted'));
      socket.destroy();
    };
    const onLate = () => {
      resolve(false);
      socket.destroy();
    };
    limit(socket, limits, onLate, onInterrupt);
    socket.resume().on('close', () => resolve(true));
  });
}

function limit(socket: Duplex, limits: Limits, onLate: () => void, onInterrupt: () => void): void {
  const { patience, interrupted } = limits;
  const timer = setTimeout(onLate, patience);
  if (interrupted?.aborted) onInterrupt();
  interrupted?.addEventListener('abort', onInterrupt);
  socket.on('close', () => {
    clearTimeout(timer);
    interrupted?.removeEventListener('abort', onInterrupt);
  });
}
