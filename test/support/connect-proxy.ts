import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Certificate } from './certificates.ts';

export interface ConnectProxy {
  /** The URL without user and password. */
  url: string;
  port: number;
  /** The targets of the CONNECT requests. */
  asked: string[];
  /** The answer instead of a tunnel. `hang` sends no answer; undefined ends this. */
  answer: number | 'hang' | undefined;
  stop(): Promise<void>;
}

/**
 * Starts a company's proxy. It accepts only CONNECT (RFC 9110 9.3.6) to the names that it knows, which no
 * other host can resolve. With `user` it requires `user:password`, and with a certificate it uses TLS.
 */
export async function startConnectProxy(
  names: Record<string, number>,
  { user, certificate }: { user?: string; certificate?: Certificate } = {},
): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const server = certificate ? createTlsServer(certificate) : createServer();
  const proxy: ConnectProxy = {
    url: '',
    port: 0,
    asked: [],
    answer: undefined,
    async stop() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  server.on('request', (request, response) => {
    proxy.asked.push(`${request.method} ${request.url}`);
    response.writeHead(405).end();
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const target = request.url ?? '';
    proxy.asked.push(target);
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    if (proxy.answer === 'hang') return;
    const wanted = user && `Basic ${Buffer.from(user).toString('base64')}`;
    const refusal =
      proxy.answer ?? (wanted && request.headers['proxy-authorization'] !== wanted ? 407 : undefined);
    const port = names[target];
    if (refusal || !port) {
      const authenticate = refusal === 407 ? 'Proxy-Authenticate: Basic realm="company"\r\n' : '';
      socket.end(`HTTP/1.1 ${refusal ?? 502} No\r\n${authenticate}Content-Length: 0\r\n\r\n`);
      return;
    }
    const back = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      back.write(head);
      socket.pipe(back).pipe(socket);
    });
    sockets.add(back);
    back.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy.port = (server.address() as AddressInfo).port;
  proxy.url = `${certificate ? 'https://localhost' : 'http://127.0.0.1'}:${proxy.port}`;
  return proxy;
}
