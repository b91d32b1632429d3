import { once } from 'node:events';
import { connect } from 'node:net';
import { type Deferred, deferred } from '../../src/process/deferred.ts';

/** A client of Firefox's protocol for automation: JSON over TCP, each message after its length and a colon. */
export interface Marionette {
  /** Sends a command and returns its value. Throws the error that Firefox answers, or when the connection ends. */
  send(command: string, parameters?: Record<string, unknown>): Promise<unknown>;
  close(): void;
}

type Answer = [type: 1, id: number, error: { error: string; message: string } | null, result: unknown];

export async function connectMarionette(port: number): Promise<Marionette> {
  const socket = connect(port, '127.0.0.1');
  const waiting = new Map<number, Deferred<unknown>>();
  let received = Buffer.alloc(0);
  let last = 0;

  const settle = ([, id, error, result]: Answer) => {
    const command = waiting.get(id);
    waiting.delete(id);
    if (error) command?.reject(new Error(`${error.error}: ${error.message}`));
    else command?.resolve(result);
  };
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let message = takeMessage(); message; message = takeMessage()) {
      const parsed: unknown = JSON.parse(message);
      // The first message is a greeting, not an answer.
      if (Array.isArray(parsed)) settle(parsed as Answer);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const command of waiting.values()) command.reject(new Error('the connection to Firefox ended'));
    waiting.clear();
  });

  function takeMessage(): string | undefined {
    const colon = received.indexOf(':');
    if (colon < 0) return undefined;
    const end = colon + 1 + Number(received.subarray(0, colon).toString());
    if (received.length < end) return undefined;
    const message = received.subarray(colon + 1, end).toString();
    received = received.subarray(end);
    return message;
  }

  await once(socket, 'data', { signal: AbortSignal.timeout(60_000) });
  return {
    send(command, parameters = {}) {
      const id = ++last;
      const answer = deferred<unknown>();
      waiting.set(id, answer);
      if (socket.destroyed) answer.reject(new Error('the connection to Firefox ended'));
      const message = JSON.stringify([0, id, command, parameters]);
      socket.write(`${Buffer.byteLength(message)}:${message}`);
      return answer.promise;
    },
    close: () => void socket.destroy(),
  };
}
