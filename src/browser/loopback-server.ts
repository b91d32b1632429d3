// The rules of the loopback listener. Each follows from what browsers do, or from who else may connect.
//
// Connections (loopback-connections.ts)
//  1. No byte is written without a request. Browsers open spare connections and send a later request on them, and Chromium takes
//     whatever it finds there for the answer. A connection that is silent for 6 s, or starts a request and does not finish it
//     within 3 s, is closed without a byte; the browser then opens another.
//  2. One request a connection. Each answer says `Connection: close`; what follows the first request is not processed.
//  3. Bytes that are no HTTP request get a bare 400, an `Expect` gets a bare 417, and nothing after them is processed.
//  4. 32 connections are held. Of more, those without a byte are closed first, the oldest first, then those without a whole request.
//     A connection whose request is being answered stays. So a program that only connects keeps no browser out.
// Requests (request-gate.ts)
//  5. Our Host, one of our three paths, GET without a body, and a navigation of a tab: all else gets an error page and changes nothing.
// The sign-in (here)
//  6. The start link gives its first browser a cookie and redirects to the provider. That browser may open the link again, in any
//     tab; after the callback the link redirects to the result. Another browser ends the sign-in, since one of the two is a stranger.
//  7. The callback needs that cookie, the state, and a code or an error. The first one that passes counts. A later one of the same
//     browser, such as a second tab, gets a page that links to the result; all others get an error page and end nothing.
//  8. The callback redirects to the result, so that neither the address bar nor the history keeps the code. The result waits for
//     STS and the store. A reload waits again, and a reload after the end shows the same page while the listener lives.
//  9. The listener closes when the browser has the page of the result, and at most 5 s after the result for a tab that was closed.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import express, { type NextFunction, type Request, type Response } from 'express';
import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { type ListenerAddress, listenOnLoopback } from './loopback-listener.ts';
import type { Pages } from './pages.ts';
import { refuse } from './request-gate.ts';

/**
 * Milliseconds that the browser may wait for the page of the result: more than the deadlines of all that is done before it, which are
 * the token endpoint's (20 s), the keys' (10 s), STS's, who may be asked twice (40 s), and those of the keychain calls (20 s each).
 */
const longestWait = 240_000;

/** One sign-in's listener: it opens with it, answers only the browser that opened its link, and closes with it. */
export interface Loopback {
  /** The registered redirect address (RFC 8252 7.3). */
  redirectUri: string;
  /** The address to open: it binds the browser by a cookie and leads on to the provider. */
  link: string;
  /** Starts to answer: `link` leads to `authorizationUrl`, a callback must bring `state`. */
  serve(authorizationUrl: string, state: string): void;
  /** Takes the address that a browser elsewhere ended at: the person who pastes it stands in for the cookie. Gives why it is refused. */
  accept(address: string): string | undefined;
  /** The parameters of the first callback that passes every check; rejects with `start-link-reused`. */
  callback: Promise<URLSearchParams>;
  /** Set once a second browser opened the link, after the callback too: whoever is quick must not win by it. */
  reused(): DaypassError | undefined;
  /** Answers the browser that waits after its callback. */
  show(page: string): void;
  /** Resolves when the browser has that page, or will not come for it. */
  delivered: Promise<void>;
  close(): void;
}

export interface LoopbackOptions extends ListenerAddress {
  path: string;
  pages: Pages;
  /** Called once, when a callback comes from another browser or for another sign-in; it is refused, however many come. */
  onStranger?: () => void;
}

/** Binds the loopback listener. Throws `port-busy`. */
export async function openLoopback(options: LoopbackOptions): Promise<Loopback> {
  const { host, path, pages } = options;
  const id = randomBytes(4).toString('hex');
  const startPath = `/start/${randomBytes(16).toString('base64url')}`;
  const donePath = path === '/done' ? '/signed-in' : '/done';
  const cookieName = `daypass-${id}`;
  const cookieValue = randomBytes(32).toString('base64url');

  let authority = '';
  let destination: string | undefined;
  let expectedState = '';
  let opened = false;
  let used = false;
  let pasted = false;
  let reused: DaypassError | undefined;
  let warned = false;
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
      reused = new DaypassError(
        'start-link-reused',
        'the sign-in link was opened in two browsers, and one of them may not be yours',
        {
          hint: 'run the command again, and open its link in one browser, with cookies allowed for this machine',
        },
      );
      callback.reject(reused);
      response.status(410).type('html').send(pages.failed(reused.toReport()));
      return;
    }
    // Back from the result leads to the start link again, and a second sign-in at the provider would end in nothing.
    if (used) return response.redirect(303, donePath);
    opened = true;
    response.set('Set-Cookie', `${cookieName}=${cookieValue}; Max-Age=3600; HttpOnly; SameSite=Lax; Path=/`);
    response.redirect(302, destination);
  });
  app.get(path, (request, response) => {
    const { search } = new URL(request.url, 'http://loopback');
    const parameters = new URLSearchParams(search);
    if (!hasCookie(request)) {
      warn();
      return refuseWith(
        response,
        403,
        'this browser did not open the sign-in link, or keeps no cookies for this machine',
      );
    }
    const refusal = refuseParameters(parameters);
    if (refusal) {
      if (refusal.stranger) warn();
      if (refusal.status === 410)
        return response.status(410).type('html').send(pages.answeredBefore(donePath));
      return refuseWith(response, refusal.status, refusal.reason);
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

  /** What holds for a callback wherever it comes from. */
  function refuseParameters(
    parameters: URLSearchParams,
  ): { status: number; reason: string; stranger?: true } | undefined {
    const names = [...parameters.keys()];
    const odd = { status: 400, reason: 'its parameters are not those of a sign-in' };
    if (names.length > 12 || new Set(names).size < names.length) return odd;
    if (used) return { status: 410, reason: 'this sign-in has been answered before' };
    if (!sameText(parameters.get('state') ?? '', expectedState))
      return { status: 400, reason: 'its state is not that of the open sign-in', stranger: true };
    // Tokens never come through the browser (RFC 9700 2.1.2).
    const foreign = ['access_token', 'id_token', 'response'].some((name) => parameters.has(name));
    return foreign || parameters.has('code') === parameters.has('error') ? odd : undefined;
  }

  function accept(address: string): string | undefined {
    if (!URL.canParse(address)) return 'it is not a whole address';
    const { origin, pathname, searchParams } = new URL(address);
    if (`${origin}${pathname}` !== `http://${authority}${path}`)
      return `it does not begin with http://${authority}${path}`;
    const refusal = refuseParameters(searchParams);
    if (refusal) return refusal.reason;
    used = true;
    pasted = true;
    callback.resolve(searchParams);
    return undefined;
  }

  function hasCookie(request: Request): boolean {
    const cookies = (request.headers.cookie ?? '').split('; ');
    return cookies.some((cookie) => sameText(cookie, `${cookieName}=${cookieValue}`));
  }

  function warn(): void {
    if (!warned) options.onStranger?.();
    warned = true;
  }

  function refuseWith(response: Response, status: number, reason: string): void {
    if (status === 405) response.set('Allow', 'GET');
    response.status(status).type('html').send(pages.notAccepted(status, reason));
  }

  const listener = await listenOnLoopback(options, app);
  authority = `${host}:${listener.port}`;
  return {
    redirectUri: `http://${authority}${path}`,
    link: `http://${authority}${startPath}`,
    callback: callback.promise,
    accept,
    reused: () => reused,
    delivered: delivered.promise,
    serve: (url, state) => {
      expectedState = state;
      destination = url;
    },
    show: (page) => {
      result.resolve(page);
      // A tab that was closed does not come for its page.
      setTimeout(delivered.resolve, used && !pasted ? 5000 : 0).unref();
    },
    close: listener.close,
  };
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
