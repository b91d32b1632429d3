import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import { deferred } from '../deferred.ts';
import { DaypassError, systemCode } from '../errors.ts';
import type { Pages } from './pages.ts';

/** Seconds that the page of the result may be waited for; the steps before it have shorter deadlines. */
const longestWait = 60_000;

/** One sign-in's listener: it opens with it, answers only the browser that opened its link, and closes with it. */
export interface Loopback {
  /** The registered redirect address (RFC 8252 7.3). */
  redirectUri: string;
  /** The address to open: it binds the browser by a cookie and leads on to the provider. */
  link: string;
  /** Starts to answer: `link` leads to `authorizationUrl`, a callback must bring `state`. */
  serve(authorizationUrl: string, state: string): void;
  /** The parameters of the first callback that passes every check; rejects with `start-link-reused`. */
  callback: Promise<URLSearchParams>;
  /** Answers the browser that waits after its callback. */
  show(page: string): void;
  /** Resolves when the browser has that page, or will not come for it. */
  delivered: Promise<void>;
  close(): void;
}

export interface LoopbackOptions {
  host: '127.0.0.1' | 'localhost';
  /** Tried in order; empty means any free port. */
  ports: readonly number[];
  path: string;
  pages: Pages;
}

/** Binds the loopback listener. Throws `port-busy`. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const { host, path, pages } = options;
  const id = randomBytes(4).toString('hex');
  const startPath = `/start/${randomBytes(16).toString('base64url')}`;
  const donePath = '/done';
  const cookieName = `daypass-${id}`;
  const cookieValue = randomBytes(32).toString('base64url');

  let authority = '';
  let destination: string | undefined;
  let expectedState = '';
  let opened = false;
  let used = false;
  const callback = deferred<URLSearchParams>();
  const result = deferred<string>();
  const delivered = deferred<void>();
  // Nobody may be listening yet, or any more.
  callback.promise.catch(() => {});

  const app = express();
  app.disable('x-powered-by').disable('etag').set('env', 'production').set('query parser', false);
  app.enable('case sensitive routing').enable('strict routing');
  app.use((request, response, next) => {
    response.set(headers(pages));
    const refusal = refuse(request, authority, [startPath, path, donePath]);
    if (refusal) refuseWith(response, ...refusal);
    else next();
  });
  app.get(startPath, (request, response) => {
    if (!destination) return refuseWith(response, 404, 'the sign-in has not begun yet');
    if (opened && !hasCookie(request)) {
      callback.reject(
        new DaypassError(
          'start-link-reused',
          'the sign-in link was opened in two browsers, and one of them may not be yours',
          {
            hint: 'run the command again, and open its link in one browser, with cookies allowed for this machine',
          },
        ),
      );
      return refuseWith(
        response,
        410,
        'this link was opened in another browser before, so the sign-in was given up',
      );
    }
    opened = true;
    response.set('Set-Cookie', `${cookieName}=${cookieValue}; HttpOnly; SameSite=Lax; Path=/`);
    response.redirect(302, destination);
  });
  app.get(path, (request, response) => {
    const { search } = new URL(request.url, 'http://loopback');
    const parameters = new URLSearchParams(search);
    const names = [...parameters.keys()];
    if (!hasCookie(request)) {
      return refuseWith(
        response,
        403,
        'this browser did not open the sign-in link, or keeps no cookies for this machine',
      );
    }
    if (names.length > 12 || new Set(names).size < names.length) {
      return refuseWith(response, 400, 'its parameters are not those of a sign-in');
    }
    if (used) return refuseWith(response, 410, 'this sign-in has been answered before');
    if (!sameText(parameters.get('state') ?? '', expectedState)) {
      return refuseWith(response, 400, 'its state is not that of the open sign-in');
    }
    // Tokens never come through the browser (RFC 9700 2.1.2).
    const foreign = ['access_token', 'id_token', 'response'].some((name) => parameters.has(name));
    if (foreign || parameters.has('code') === parameters.has('error')) {
      return refuseWith(response, 400, 'its parameters are not those of a sign-in');
    }
    used = true;
    callback.resolve(parameters);
    // The address bar and the history keep no code.
    response.redirect(303, donePath);
  });
  app.get(donePath, async (request, response) => {
    if (!used || !hasCookie(request)) return refuseWith(response, 404, 'this is not a page of the sign-in');
    request.setTimeout(longestWait);
    const page = await result.promise;
    response.once('close', () => delivered.resolve());
    response.type('html').send(page);
  });
  // Express's own handler would print the stack on stderr and put it into the page.
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    refuseWith(response, 500, 'something went wrong here');
  });

  function hasCookie(request: Request): boolean {
    const cookies = (request.headers.cookie ?? '').split('; ');
    return cookies.some((cookie) => sameText(cookie, `${cookieName}=${cookieValue}`));
  }

  function refuseWith(response: Response, status: number, reason: string): void {
    if (status === 405) response.set('Allow', 'GET');
    response.status(status).type('html').send(pages.notAccepted(status, reason));
  }

  const servers = await listen(options, app);
  const port = boundPort(servers[0]);
  authority = `${host}:${port}`;
  return {
    redirectUri: `http://${authority}${path}`,
    link: `http://${authority}${startPath}`,
    callback: callback.promise,
    delivered: delivered.promise,
    serve: (url, state) => {
      expectedState = state;
      destination = url;
    },
    show: (page) => {
      result.resolve(page);
      // A tab that was closed does not come for its page.
      setTimeout(delivered.resolve, used ? 5000 : 0).unref();
    },
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** Why a request has nothing to do with the sign-in, before anything of it is used; undefined if it may go on. */
function refuse(
  request: IncomingMessage,
  authority: string,
  paths: readonly string[],
): [status: number, reason: string] | undefined {
  const { headers, rawHeaders, method, url = '' } = request;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  // Another name that leads here is how DNS rebinding reads a loopback server.
  if (hosts.length !== 1 || headers.host !== authority) return [421, 'it was meant for another host'];
  if (!url.startsWith('/') || url.length > 8192) return [400, 'its address is not one of this machine'];
  if (headers['transfer-encoding'] !== undefined) return [400, 'it has a body'];
  if (Number(headers['content-length'] ?? 0) !== 0) return [413, 'it has a body'];
  if (!paths.includes(url.split('?', 1)[0] ?? '')) return [404, 'this is not a page of the sign-in'];
  if (method !== 'GET') return [405, 'only GET is answered here'];
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': destination = 'document' } = headers;
  if (mode !== 'navigate' || destination !== 'document') return [403, 'a page asked for it, not a person'];
  if (headers.origin !== undefined) return [403, 'a page asked for it, not a person'];
  const purpose = `${headers['sec-purpose'] ?? ''}${headers.purpose ?? ''}${headers['x-moz'] ?? ''}`;
  if (/prefetch|prerender|preview/i.test(purpose)) return [403, 'it was only a prefetch'];
  return undefined;
}

function headers(pages: Pages): Record<string, string> {
  return {
    'Content-Security-Policy': `default-src 'none'; style-src '${pages.styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'interest-cohort=()',
    Connection: 'close',
  };
}

function sameText(got: string, want: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return want !== '' && timingSafeEqual(digest(got), digest(want));
}

/** Bound once and kept: a port found free and bound later could be somebody else's by then. */
async function listen(
  { host, ports }: LoopbackOptions,
  app: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<[Server, ...Server[]]> {
  const candidates = ports.length > 0 ? ports : [0, 0, 0];
  for (const port of candidates) {
    const first = await bind('127.0.0.1', port, app);
    if (!first) continue;
    if (host === '127.0.0.1') return [first];
    // A browser may try either family for `localhost`, so a stranger must not have the other one.
    const second = await bind('::1', boundPort(first), app);
    if (second) return [first, second];
    first.close();
  }
  const tried = ports.length > 0 ? `port ${ports.join(', ')}` : `a free port on both 127.0.0.1 and ::1`;
  throw new DaypassError('port-busy', `cannot listen on ${tried} of ${host}: another program has it`, {
    hint: 'end that program, or give more ports in daypass_redirect_port (each registered at the provider)',
  });
}

function bind(
  address: string,
  port: number,
  app: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server | undefined> {
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: 3000,
      requestTimeout: 5000,
      keepAliveTimeout: 1,
      connectionsCheckingInterval: 500,
      requireHostHeader: true,
    },
    app,
  );
  server.maxConnections = 32;
  server.maxHeadersCount = 64;
  server.maxRequestsPerSocket = 1;
  server.timeout = 6000;
  const cut = (_request: IncomingMessage, socket: Socket) => refuseRaw(socket, '400 Bad Request');
  server.on('connect', cut).on('upgrade', cut);
  server.on('clientError', (_error, socket) => refuseRaw(socket as Socket, '400 Bad Request'));
  for (const event of ['checkContinue', 'checkExpectation'] as const) {
    server.on(event, (request: IncomingMessage) => refuseRaw(request.socket, '417 Expectation Failed'));
  }
  return new Promise((resolve, reject) => {
    server.on('error', (error) => {
      if (/^(EADDRINUSE|EACCES|EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(systemCode(error) ?? ''))
        resolve(undefined);
      else reject(error);
    });
    server.listen({ host: address, port, exclusive: true }, () => resolve(server));
  });
}

function refuseRaw(socket: Socket, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

function boundPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
