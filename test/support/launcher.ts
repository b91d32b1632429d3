import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Launch {
  argv: string[];
  env: Record<string, string>;
}

export interface Launcher {
  /** The value of `--browser`. */
  browserSetting: string;
  /** The launches, one for each tab. */
  launches: Launch[];
  /**
   * Returns the link of the next tab that was not returned yet; waits at most `patience` milliseconds
   * (40,000).
   */
  nextLink(patience?: number): Promise<string>;
  /** Keeps the programs running that pass a link from now on, until the returned function is called. */
  hold(): () => void;
  stop(): Promise<void>;
}

/** Replaces the desktop's browser: counts the tabs and passes their links to the test. */
export async function startLauncher(): Promise<Launcher> {
  const launches: Launch[] = [];
  let taken = 0;
  let held: Promise<void> | undefined;
  const server = createServer(async (request, response) => {
    launches.push((await json(request)) as Launch);
    server.emit('launch');
    await held;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const program = fileURLToPath(new URL('./launcher-program.mjs', import.meta.url));
  return {
    browserSetting: `"${process.execPath}" "${program}" ${control}`,
    launches,
    async nextLink(patience = 40_000) {
      const signal = AbortSignal.timeout(patience);
      while (launches.length <= taken) {
        await once(server, 'launch', { signal }).catch(() => {
          throw new Error(`tab ${taken + 1} did not open within ${patience} ms`);
        });
      }
      return launches[taken++]?.argv.at(-1) ?? '';
    },
    hold() {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
