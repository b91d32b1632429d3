import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { DaypassError, systemCode } from '../errors.ts';
import type { RoomRules } from './connection-room.ts';
import { connectionLimits, ruleConnections } from './loopback-connections.ts';
import { Peers } from './peer.ts';

type App = (request: IncomingMessage, response: ServerResponse) => void;

/** Where to listen: on both families for `localhost`, and on the first free of `ports`, or any if empty. */
export interface ListenerAddress {
  host: '127.0.0.1' | 'localhost';
  ports: readonly number[];
}

/**
 * Starts HTTP servers on loopback for one browser, under the rules of `ruleConnections`. A port is bound once
 * and kept, since another program could take it after a probe. Throws `port-busy` and `bad-configuration`.
 */
export async function listenOnLoopback(
  address: ListenerAddress,
  app: App,
  rules: RoomRules = { peers: new Peers() },
): Promise<{ port: number; close: () => void }> {
  const servers = await bindAll(address, (host, port) => bind(host, port, app, rules));
  const close = () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { port: boundPort(servers[0]), close };
}

async function bindAll(
  { host, ports }: ListenerAddress,
  bind: (host: string, port: number) => Promise<Server | undefined>,
): Promise<[Server, ...Server[]]> {
  const candidates = ports.length > 0 ? ports : [0, 0, 0];
  for (const port of candidates) {
    const first = await bind('127.0.0.1', port);
    if (!first) continue;
    if (host === '127.0.0.1') return [first];
    // A browser may use either family for `localhost`, so no other program may have the other one.
    const second = await bind('::1', boundPort(first)).catch((error) => {
      first.close();
      throw error;
    });
    if (second) return [first, second];
    first.close();
  }
  const tried = ports.length > 0 ? `port ${ports.join(', ')}` : `a free port on both 127.0.0.1 and ::1`;
  throw new DaypassError('port-busy', `cannot listen on ${tried} of ${host}: another program has it`, {
    hint: 'end that program, or set more ports in daypass_redirect_port (each registered at the provider)',
  });
}

function bind(address: string, port: number, app: App, rules: RoomRules): Promise<Server | undefined> {
  const server = createServer(connectionLimits, app);
  ruleConnections(server, rules);
  return new Promise((resolve, reject) => {
    server.on('error', (error) => {
      const code = systemCode(error) ?? '';
      if (code === 'EADDRINUSE') resolve(undefined);
      else if (/^(EACCES|EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(code)) reject(notHere(address, port, code));
      else reject(error);
    });
    server.listen({ host: address, port, exclusive: true }, () => resolve(server));
  });
}

/** Returns the error of an address or port that stays unusable, whichever other programs run. */
function notHere(address: string, port: number, code: string): DaypassError {
  if (code === 'EACCES') {
    const hint = 'set daypass_redirect_port to one above 1023 (registered at the provider)';
    return new DaypassError('bad-configuration', `this user may not listen on port ${port}`, { hint });
  }
  return new DaypassError('bad-configuration', `this machine has no address ${address} to listen on`, {
    hint: 'set daypass_redirect_host = 127.0.0.1, and register that at the provider (localhost needs both families)',
  });
}

function boundPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
