import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { DaypassError, systemCode } from '../errors.ts';
import type { RoomRules } from './connection-room.ts';
import { connectionLimits, ruleConnections } from './loopback-connections.ts';
import { Peers } from './peer.ts';

/** The server, or why there is none: another program has the port, or the machine lacks the address. */
type Bound = Server | 'taken' | 'absent';
type Bind = (address: string, port: number) => Promise<Bound>;
type App = (request: IncomingMessage, response: ServerResponse) => void;

/** Where to listen: `localhost` is each family of the machine, and of `ports` the first free one, or any. */
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

async function bindAll({ host, ports }: ListenerAddress, bind: Bind): Promise<[Server, ...Server[]]> {
  const candidates = ports.length > 0 ? ports : [0, 0, 0];
  // A browser may use either family for `localhost`, so no other program may have the other one.
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  for (const port of candidates) {
    const servers = await bindEach(addresses, port, bind);
    if (servers) return servers;
  }
  const tried = ports.length > 0 ? `port ${ports.join(', ')}` : `a free port on both 127.0.0.1 and ::1`;
  throw new DaypassError('port-busy', `cannot listen on ${tried} of ${host}: another program has it`, {
    hint: 'end that program, or set more ports in daypass_redirect_port (each registered at the provider)',
  });
}

/**
 * Binds one port of each address that the machine has: without IPv6, no program can have ::1. Returns
 * undefined if another program has the port on one of them. Throws `bad-configuration`.
 */
async function bindEach(
  addresses: readonly string[],
  port: number,
  bind: Bind,
): Promise<[Server, ...Server[]] | undefined> {
  const servers: Server[] = [];
  const closeAll = () => servers.forEach((server) => void server.close());
  for (const address of addresses) {
    const bound = await bind(address, servers[0] ? boundPort(servers[0]) : port).catch((error) => {
      closeAll();
      throw error;
    });
    if (bound === 'taken') {
      closeAll();
      return undefined;
    }
    if (bound !== 'absent') servers.push(bound);
  }
  const [first, ...others] = servers;
  if (first) return [first, ...others];
  throw new DaypassError(
    'bad-configuration',
    `this machine has no address ${addresses.join(' or ')} to listen on`,
    {
      hint: 'switch its loopback interface on',
    },
  );
}

function bind(address: string, port: number, app: App, rules: RoomRules): Promise<Bound> {
  const server = createServer(connectionLimits, app);
  ruleConnections(server, rules);
  return new Promise((resolve, reject) => {
    server.on('error', (error) => {
      const code = systemCode(error) ?? '';
      if (code === 'EADDRINUSE') resolve('taken');
      else if (/^(EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(code)) resolve('absent');
      else reject(code === 'EACCES' ? forbidden(port) : error);
    });
    server.listen({ host: address, port, exclusive: true }, () => resolve(server));
  });
}

function forbidden(port: number): DaypassError {
  const hint = 'set daypass_redirect_port to one above 1023 (registered at the provider)';
  return new DaypassError('bad-configuration', `this user may not listen on port ${port}`, { hint });
}

function boundPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
