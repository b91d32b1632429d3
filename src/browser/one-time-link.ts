import { randomBytes } from 'node:crypto';
import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { BrowserCookie } from './browser-cookie.ts';
import { listenOnLoopback } from './loopback-listener.ts';
import { refuse } from './request-gate.ts';

/** A link that leads one browser on to a secret address: the arguments of a browser's start can be read by every program of the machine. */
export interface OneTimeLink {
  link: string;
  /** Resolves once it has been used. */
  used: Promise<void>;
  /** Resolves when nobody else came for three seconds after that; rejects with `start-link-reused`. */
  alone: Promise<void>;
  close(): void;
}

/** Milliseconds: whoever was quicker than the person's browser is known by its coming too late. */
const grace = 3000;

/** Throws `port-busy`. */
export async function openOneTimeLink(address: string): Promise<OneTimeLink> {
  const path = `/open/${randomBytes(16).toString('base64url')}`;
  const cookie = new BrowserCookie();
  let authority = '';
  let opened = false;
  const used = deferred<void>();
  const alone = deferred<void>();
  // Nobody may be listening yet.
  alone.promise.catch(() => {});
  const { port, close } = await listenOnLoopback({ host: '127.0.0.1', ports: [] }, (request, response) => {
    const stranger = opened && !cookie.isIn(request);
    const [status, reason] =
      refuse(request, authority, [path]) ?? (stranger ? [410, 'another browser has used it'] : []);
    // Node 20 says `Connection: close` for maxRequestsPerSocket, but closes only if the answer itself says so.
    const headers = { connection: 'close', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
    if (status) {
      if (status === 410) response.once('close', () => alone.reject(reused()));
      response.writeHead(status, { ...headers, 'content-type': 'text/plain' }).end(`refused: ${reason}\n`);
      return;
    }
    opened = true;
    response.once('close', () => {
      used.resolve();
      setTimeout(alone.resolve, grace);
    });
    const bound = { 'set-cookie': cookie.header(`HttpOnly; SameSite=Lax; Path=${path}`) };
    response.writeHead(302, { ...headers, ...bound, location: address }).end();
  });
  authority = `127.0.0.1:${port}`;
  return { link: `http://${authority}${path}`, used: used.promise, alone: alone.promise, close };
}

function reused(): DaypassError {
  return new DaypassError(
    'start-link-reused',
    'the link was opened in two browsers, and the first one, which has the console now, may not be yours',
    {
      hint: 'if yours shows no console, end the sessions of this role: SECURITY.md, "When a session may have leaked"',
    },
  );
}
