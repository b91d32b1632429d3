import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { systemCode } from '../errors.ts';
import { type RoomRules, roomMaker, type Stage } from './connection-room.ts';

/** Milliseconds that a refused connection is still read, since a reset would destroy its peer's answer. */
const lingering = 500;
/** Milliseconds in which a connection must have made its request, however busy it looks. */
const longestPreparation = 10_000;

const bare = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** Options of Node's HTTP server on which `ruleConnections` relies, in milliseconds and bytes. */
export const connectionLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 3000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 500,
  requireHostHeader: true,
} as const;

/** Enforces rules 1 to 4 of `loopback-server.ts` on a loopback server. */
export function ruleConnections(server: Server, rules: RoomRules): void {
  const stages = new Map<Socket, Stage>();
  const makeRoom = roomMaker(stages, rules);
  server.maxHeadersCount = 64;
  server.maxRequestsPerSocket = 1;
  // Milliseconds of idleness after which Node destroys a socket. The page of the result has its own deadline.
  server.timeout = 6000;

  server.on('connection', (socket: Socket) => {
    stages.set(socket, 'waiting');
    // Node's headers deadline forgets a connection that was silent, and blank lines keep the idle one away.
    const late = setTimeout(() => {
      if (stages.get(socket) === 'waiting') socket.destroy();
    }, longestPreparation).unref();
    socket.once('close', () => {
      clearTimeout(late);
      stages.delete(socket);
    });
    makeRoom();
  });
  const asked = ({ socket }: IncomingMessage, response: ServerResponse) => {
    stages.set(socket, 'asked');
    // Node sends `Connection: close` for it and ends the connection with the answer.
    response.shouldKeepAlive = false;
  };
  // Before the app, which may answer at once.
  server.prependListener('request', asked);
  for (const event of ['checkContinue', 'checkExpectation'] as const) {
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      asked(request, response);
      response.writeHead(417, { 'Content-Length': 0 }).end();
    });
  }
  const refuse = (socket: Socket, answer = bare) => {
    stages.set(socket, 'refused');
    // After `upgrade` and `connect` the socket is ours: a reset while we write would be an unhandled error.
    socket.on('error', () => socket.destroy());
    socket.end(answer);
    setTimeout(() => socket.destroy(), lingering).unref();
  };
  for (const event of ['connect', 'upgrade'] as const)
    server.on(event, (_request: IncomingMessage, socket) => refuse(socket as Socket));
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    const stage = stages.get(socket);
    const code = systemCode(error) ?? '';
    // Node's headers deadline starts at the connect, but a silent connection has the longer idle deadline.
    const silent = socket.bytesRead === 0 && code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // Bytes after a request that is being answered: the answer still counts.
    const trailing = stage === 'asked' && /^HPE_/.test(code);
    if (stage === 'refused' || silent || trailing) return;
    // A timeout or an early end leaves no request to answer.
    const unreadable = /^HPE_(?!INVALID_EOF_STATE)/.test(code);
    if (stage !== 'waiting' || !unreadable || !socket.writable) {
      socket.destroy();
      return;
    }
    if (isTls(error)) void rules.peers.of(socket).then(({ kind }) => kind === 'foreign' || rules.onTls?.());
    refuse(socket, code === 'HPE_HEADER_OVERFLOW' ? rules.oversized?.() : undefined);
  });
}

/** Returns whether the bytes that are no HTTP begin as a handshake of TLS does (RFC 8446 5.1). */
function isTls(error: Error & { rawPacket?: Buffer }): boolean {
  return error.rawPacket?.[0] === 0x16 && error.rawPacket[1] === 3;
}
