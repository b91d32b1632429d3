import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A host of the internet that a browser with `evilHostArgument` resolves to this machine. */
export const evilHost = 'evil.example';
export const evilHostArgument = `--host-resolver-rules=MAP ${evilHost} 127.0.0.1`;

export interface HostilePages {
  /**
   * Returns the address of a page with this body, on another site or on another port of the listener's site.
   */
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
