import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from './certificates.ts';

export interface TeamServer {
  /** `https://localhost:PORT`. */
  origin: string;
  /** The file of the private authority that issued the server's certificate. */
  authority: string;
  /** The method and target of each request, in order. */
  requests: string[];
  /** How the server answers; a test can replace it. */
  answer: RequestListener;
  stop(): Promise<void>;
}

/** Starts a real HTTPS server whose certificate a private authority issued. It first answers 404. */
export async function startTeamServer(): Promise<TeamServer> {
  const authority = createAuthority();
  const server = createServer(
    authority.issue('DNS:localhost,DNS:team.example.com,IP:127.0.0.1'),
    (request, response) => {
      team.requests.push(`${request.method} ${request.url}`);
      team.answer(request, response);
    },
  );
  const team: TeamServer = {
    origin: '',
    authority: authority.file,
    requests: [],
    answer: (_, response) => response.writeHead(404).end(),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      authority.remove();
    },
  };
  // A client that refuses the certificate, or that a test kills, is no error of the server.
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  team.origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  return team;
}
