import { randomBytes } from 'node:crypto';
import { DaypassError } from '../errors.ts';
import { listenOnLoopback } from '../loopback/loopback-listener.ts';
import { foreignReason, type OtherPeer, PeerGate, type PeerSource } from '../loopback/peer-gate.ts';
import { deferred } from '../process/deferred.ts';
import { goOnPage, needsToGoOn } from './go-on-page.ts';
import { BrowserCookie, refuse } from './request-gate.ts';

/** A link that redirects one browser to a secret address: every program can read a browser's arguments. */
export interface OneTimeLink {
  link: string;
  /** Resolves when a browser has used the link; rejects as `alone`. */
  used: Promise<void>;
  /** Resolves if no other browser comes within three seconds after that; rejects with `start-link-reused`. */
  alone: Promise<void>;
  close(): void;
}

/** Milliseconds to wait for a second browser: if a stranger was first, the person's own comes second. */
const grace = 3000;

/**
 * Listens for one browser and redirects it to `address`, under the rules 1 to 7 of `loopback-server.ts`.
 * `onPeer` is called once for each account and reason of a peer that is not known to be ours. Throws
 * `port-busy`.
 */
export async function openOneTimeLink(
  address: string,
  onPeer?: (peer: OtherPeer) => void,
  peers?: PeerSource,
): Promise<OneTimeLink> {
  const path = `/open/${randomBytes(16).toString('base64url')}`;
  const cookie = new BrowserCookie();
  const gate = new PeerGate(onPeer, peers);
  let authority = '';
  let opened = false;
  const used = deferred<void>();
  const alone = deferred<void>();
  // The caller may not await them yet.
  for (const { promise } of [used, alone]) promise.catch(() => {});
  const end = (fault: string) => {
    const error = reused(fault);
    used.reject(error);
    alone.reject(error);
  };
  const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
  const { port, close } = await listenOnLoopback(
    { host: '127.0.0.1', ports: [] },
    (request, response) => {
      const answer = (status: number, text: string) =>
        response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(text);
      const redirect = () => {
        if (!cookie.isIn(request) && needsToGoOn(request)) {
          response.writeHead(goOnPage.status, { ...headers, ...goOnPage.headers }).end(goOnPage.body);
          return;
        }
        if (opened && !cookie.isIn(request)) {
          response.once('close', () => end(twoBrowsers));
          answer(410, 'Refused: another browser has used it.\n');
          return;
        }
        opened = true;
        response.once('close', () => {
          used.resolve();
          setTimeout(alone.resolve, grace);
        });
        const bound = { 'set-cookie': cookie.header(`HttpOnly; SameSite=Lax; Path=${path}`) };
        response.writeHead(302, { ...headers, ...bound, location: address }).end();
      };
      const [status, reason] = refuse(request, authority, [path]) ?? [];
      if (status) answer(status, `Refused: ${reason}.\n`);
      else
        void gate.admit(request.socket, {
          pass: redirect,
          refuse: (peer) => answer(403, `Refused: ${foreignReason(peer)}.\n${printInstead}\n`),
        });
    },
    {
      peers: gate.peers,
      onDropped: () => {
        if (opened) end(cutOff);
        opened = true;
      },
    },
  );
  authority = `127.0.0.1:${port}`;
  return { link: `http://${authority}${path}`, used: used.promise, alone: alone.promise, close };
}

/** The next step for a person whose browser runs as another account. */
export const printInstead =
  'If both accounts are yours, run the command again with --print, and open the address that it prints.';

const twoBrowsers =
  'the link was opened in two browsers, and the first one, which has the console now, may not be yours';
const cutOff = 'too many connections came, and daypass may have closed that of your browser';

function reused(fault: string): DaypassError {
  const hint =
    'if yours shows no console, end the sessions of this role: SECURITY.md, "When a session may have leaked"';
  return new DaypassError('start-link-reused', fault, { hint });
}
