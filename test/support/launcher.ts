import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

export interface Launch {
  argv: string[];
  env: Record<string, string>;
}

export interface Launcher {
  /** The value of daypass's `--browser`. */
  browserSetting: string;
  /** What was launched, a tab each. */
  launches: Launch[];
  /** The link of the next tab, or of one that is open and was not asked for yet. */
  nextLink(): Promise<string>;
  stop(): Promise<void>;
}

/** Stands where a desktop's browser would be started: counts the tabs and hands their links to the test. */
export async function startLauncher(): Promise<Launcher> {
  const launches: Launch[] = [];
  let taken = 0;
  const server = createServer(async (request, response) => {
    launches.push((await json(request)) as Launch);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const program = fileURLToPath(new URL('./launcher-program.mjs', import.meta.url));
  return {
    browserSetting: `"${process.execPath}" "${program}" ${control}`,
    launches,
    async nextLink() {
      await until(() => launches.length > taken, `tab ${taken + 1} opens`);
      return launches[taken++]?.argv.at(-1) ?? '';
    },
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
