import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { systemCode } from '../errors.ts';

/** How far a connection has come: it sent no whole request, its request is with the app, or its bytes were no HTTP. */
type Stage = 'waiting' | 'asked' | 'refused';

/** Connections held at once; a browser opens six to one host. */
const mostConnections = 32;
/** Milliseconds before room is made: a request that is on its way must not be taken for silence. */
const patience = 100;
/** Milliseconds that a refused connection is still read: a reset would take the answer from its peer. */
const lingering = 500;

/** Options of Node's HTTP server that `ruleConnections` relies on; milliseconds and bytes. */
export const connectionLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 3000,
  requestTimeout: 5000,
  connectionsCheckingInterval: 500,
  requireHostHeader: true,
} as const;

/** Holds a loopback server to rules 1 to 4 of `loopback-server.ts`, which follow from what a browser does with its connections. */
export function ruleConnections(server: Server): void {
  const stages = new Map<Socket, Stage>();
  let makingRoom: NodeJS.Timeout | undefined;
  server.maxHeadersCount = 64;
  server.maxRequestsPerSocket = 1;
  // Node destroys a socket that is idle for so many milliseconds. The page of the result has a deadline of its own.
  server.timeout = 6000;

  server.on('connection', (socket: Socket) => {
    stages.set(socket, 'waiting');
    socket.once('close', () => stages.delete(socket));
    if (stages.size <= mostConnections || makingRoom) return;
    makingRoom = setTimeout(() => {
      makingRoom = undefined;
      for (const spare of spareConnections(stages)) spare.destroy();
    }, patience).unref();
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
  const refuse = (socket: Socket) => {
    stages.set(socket, 'refused');
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    setTimeout(() => socket.destroy(), lingering).unref();
  };
  for (const event of ['connect', 'upgrade'] as const)
    server.on(event, (_request: IncomingMessage, socket) => refuse(socket as Socket));
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    const stage = stages.get(socket);
    // Node's deadline for headers runs from the connect on; a silent connection has the longer one for idle sockets.
    const silent = socket.bytesRead === 0 && systemCode(error) === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (stage === 'refused' || silent) return;
    // Neither a timeout nor an early end is a request that could be answered.
    const unreadable = /^HPE_(?!INVALID_EOF_STATE)/.test(systemCode(error) ?? '');
    if (stage === 'waiting' && unreadable && socket.writable) refuse(socket);
    else socket.destroy();
  });
}

/** The connections to close, so that no more than the allowed number stay. */
function spareConnections(stages: ReadonlyMap<Socket, Stage>): Socket[] {
  const unused = [...stages].filter(([, stage]) => stage !== 'asked').map(([socket]) => socket);
  const silent = unused.filter(({ bytesRead }) => bytesRead === 0);
  const spoken = unused.filter(({ bytesRead }) => bytesRead > 0);
  return [...silent, ...spoken].slice(0, Math.max(0, stages.size - mostConnections));
}
