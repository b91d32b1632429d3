import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Endpoint, request } from './endpoint-attacks.ts';
import { sendRaw } from './raw-http.ts';

/** What became of a flood, and of the clients that asked meanwhile. */
export interface Flooded {
  connected: number;
  /** Connections that were closed when the last one was open. */
  closed: number;
  answers: number;
  /** Milliseconds of each client until it had its credentials. */
  waits: number[];
  /** The answers that were none. A client then tries again, at most three times. */
  again: string[];
  failed: string[];
}

/** Has another process open so many connections to an endpoint, of which most say nothing. */
export function startFlood(
  endpoint: Endpoint,
  count: number,
): { whileServed(): Promise<Flooded>; stop(): void } {
  const program = fileURLToPath(new URL('./flood.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, String(endpoint.port), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = once(child.stdout, 'data').then(([text]) => JSON.parse(text));
  return {
    /** Asks for credentials, one client after another, until all connections of the flood are there. */
    async whileServed() {
      let over = false;
      void told.then(() => (over = true));
      const [waits, again, failed]: [number[], string[], string[]] = [[], [], []];
      while (!over) {
        const began = performance.now();
        const answer = await ask(endpoint, again);
        if (answer === undefined) waits.push(Math.round(performance.now() - began));
        else failed.push(answer);
      }
      return { ...(await told), waits, again, failed };
    },
    stop: () => void child.kill('SIGKILL'),
  };
}

/** Returns undefined, or the last answer if three were none. */
async function ask(endpoint: Endpoint, again: string[]): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const { status, raw } = await sendRaw(endpoint.port, request(endpoint));
    if (status === 200) return undefined;
    if (tries === 3) return raw;
    again.push(raw);
  }
}
