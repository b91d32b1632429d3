import { randomBytes } from 'node:crypto';
import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { listenOnLoopback } from './loopback-listener.ts';
import { BrowserCookie, refuse } from './request-gate.ts';

/** A link that redirects one browser to a secret address: every program can read a browser's arguments. */
export interface OneTimeLink {
  link: string;
  /** Resolves when a browser has used the link. */
  used: Promise<void>;
  /** Resolves if no other browser comes within three seconds after that; rejects with `start-link-reused`. */
  alone: Promise<void>;
  close(): void;
}

/** Milliseconds to wait for a second browser: if a stranger was first, the person's own comes second. */
const grace = 3000;

/** Listens for one browser and redirects it to `address`. Throws `port-busy`. */
export async function openOneTimeLink(address: string): Promise<OneTimeLink> {
  const path = `/open/${randomBytes(16).toString('base64url')}`;
  const cookie = new BrowserCookie();
  let authority = '';
  let opened = false;
  const used = deferred<void>();
  const alone = deferred<void>();
  // The caller may not await it yet.
  alone.promise.catch(() => {});
  const { port, close } = await listenOnLoopback({ host: '127.0.0.1', ports: [] }, (request, response) => {
    const stranger = opened && !cookie.isIn(request);
    const [status, reason] =
      refuse(request, authority, [path]) ?? (stranger ? [410, 'another browser has used it'] : []);
    const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
    if (status) {
      if (status === 410) response.once('close', () => alone.reject(reused()));
      response.writeHead(status, { ...headers, 'content-type': 'text/plain' }).end(`Refused: ${reason}.\n`);
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
  const fault =
    'the link was opened in two browsers, and the first one, which has the console now, may not be yours';
  const hint =
    'if yours shows no console, end the sessions of this role: SECURITY.md, "When a session may have leaked"';
  return new DaypassError('start-link-reused', fault, { hint });
}
