import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a browser started with it takes for a host of the internet, and finds on this machine. */
export const evilHost = 'evil.example';
export const evilHostArgument = `--host-resolver-rules=MAP ${evilHost} 127.0.0.1`;

export interface HostilePages {
  /** The address of a page with this body: of another site, or of the same site as daypass's listener, yet of another origin. */
  page(host: typeof evilHost | '127.0.0.1', body: string): string;
  stop(): void;
}

export async function startHostilePages(): Promise<HostilePages> {
  const bodies: string[] = [];
  const server = createServer(({ url }, response) => {
    const body = bodies[Number(url?.slice(1))];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    page: (host, body) => `http://${host}:${port}/${bodies.push(`<!doctype html><body>${body}`) - 1}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
