// The rules of the loopback listener. Each follows from what browsers do, or from who else may connect.
//
// Connections (loopback-connections.ts)
//  1. No byte is written without a request: browsers open spare connections, and Chromium reads any byte
//     there as the answer to a later request. A connection that is silent for 6 s, or does not finish a
//     request within 3 s, is closed without a byte. The browser then opens another.
//  2. One request a connection. Each answer says `Connection: close`, and later bytes are not processed.
//  3. Bytes that are no HTTP get a bare 400, an `Expect` a bare 417, headers above 16 KiB a page with 431
//     (the cookies of all ports of a host add up), and nothing after them is processed. TLS is named on the
//     terminal.
//  4. 32 connections stay open, so that a program that only connects cannot keep a browser out
//     (connection-room.ts). Surplus ones close: those of other accounts first, then those without a byte
//     (oldest first), then those without a whole request, no others.
// Requests (request-gate.ts)
//  5. A request needs our Host, one of our three paths, GET without a body, and a navigation of a tab. Any
//     other gets an error page and changes nothing.
// Accounts (peer-gate.ts, peer.ts): arguments and cookies do not stay within one account. Every account can
// read the arguments of a browser, and a browser sends the cookies of a host to all its ports.
//  6. The kernel is asked whose connection it is before a request of rule 5 changes anything. Our own account
//     and root pass, since "ssh -L" runs as the person and the relay of WSL as root. Another account gets 403
//     and a page that names both accounts. A peer that is gone by then gets nothing. Both count for nothing.
//  7. A peer that cannot be known passes, and the rules below decide. If rule 4 closes such a connection, or
//     one of ours beside such, it counts as a browser that opened the link: a browser that is kept out could
//     not show a first one.
// The sign-in (here and in request-gate.ts)
//  8. The start link gives its first browser a cookie and redirects to the provider. That browser may open
//     the link again, in any tab, and after the callback the link redirects to the result. A second browser
//     ends the sign-in, since one of the two belongs to somebody else, until the credentials are saved.
//     A request that does not say that it navigates gets a page that leads on, and counts for nothing:
//     openers, scanners and previews ask before the person's browser does (go-on-page.ts).
//  9. The callback needs that cookie, the state, a code or an error, and the provider's issuer if it has one
//     or the provider promises it (an error needs none). The first one that passes counts. A later one of
//     that browser gets a page that says so. Others get an error page and end nothing. One with the state and
//     without the cookie may come from another container or profile of the person, who can paste its address.
//     If its error leads to another request (a scope is refused), it redirects there and counts for nothing. A
//     pasted one is answered with the link of that request.
// 10. The callback redirects to the result, so that neither the address bar nor the history keeps the code.
//     The result waits for STS and the store. Its headers are sent at once: they move Chromium's tab, so a
//     reload waits again (Firefox stays at the provider's page until the result is there). A reload after the
//     end shows the same page while the listener is open.
// 11. The listener stays after the end, for pages alone: 10 s for reloads; 30 s if the sign-in ended without an
//     answer, so that a tab that comes back learns of it (its code is never used). It closes at once if
//     another sign-in wants the port, but for the page that the browser waits for, at most 5 s (last-page.ts).

import { randomBytes } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { DaypassError } from '../errors.ts';
import { type ListenerAddress, listenOnLoopback } from '../loopback/loopback-listener.ts';
import { type OtherPeer, PeerGate, type PeerSource } from '../loopback/peer-gate.ts';
import { sameText } from '../loopback/same-text.ts';
import { deferred } from '../process/deferred.ts';
import { goOnPage, needsToGoOn } from './go-on-page.ts';
import { LastPage } from './last-page.ts';
import type { Pages } from './pages.ts';
import {
  BrowserCookie,
  type Expected,
  type PasteRefusal,
  refuse,
  refuseCallback,
  strayAnswer,
} from './request-gate.ts';

// Milliseconds for the page of the result, longer than all deadlines before it together: the token endpoint
// (20 s), the keys (10 s), STS, which may be asked twice (40 s), and the calls of the keychain (20 s each).
const longestWait = 240_000;

/** Remarks about strays: their text has a value of the request. */
const mostRemarks = 3;

const twoBrowsers = 'the sign-in link was opened in two browsers, and one of them may not be yours';
const cutOff = 'too many connections came, and daypass may have closed that of your browser';

export interface LoopbackOptions extends ListenerAddress {
  path: string;
  pages: Pages;
  /** Called for the first callbacks that are refused and that the person must know of. */
  onStray?: (remark: string) => void;
  /** Called once if a browser that did not open the link answers this sign-in. */
  onElsewhere?: () => void;
  /** Called for the first bytes of TLS. */
  onTls?: () => void;
  onClosed?: () => void;
  /** Called once for each account and reason of a peer that is not known to be ours. */
  onPeer?: (peer: OtherPeer) => void;
  peers?: PeerSource;
}

/** The listener of one sign-in: it answers only the browser that opened its link, and closes at its end. */
export class Loopback {
  readonly #options: LoopbackOptions;
  readonly #cookie = new BrowserCookie();
  readonly #startPath = `/start/${randomBytes(16).toString('base64url')}`;
  readonly #donePath: string;
  readonly #callback = deferred<URLSearchParams>();
  readonly #last = new LastPage();
  readonly #firstOpen = deferred<void>();
  /** Resolves when the first browser opens the link. */
  readonly opened = this.#firstOpen.promise;
  /** The parameters of the first callback that passes every check; rejects with `start-link-reused`. */
  readonly callback = this.#callback.promise;
  /** Resolves when the listener has closed after the page of the result was shown. */
  readonly closed = this.#last.over.then(() => this.close());
  /** Set once a second browser may have come, even after the callback: a fast stranger must not win. */
  reused: DaypassError | undefined;
  #listener = { port: 0, close: () => {} };
  /** Empty until `serve`, as is the state. */
  #authorizationUrl = '';
  #expected: Expected = { state: '', issuer: '', sendsIssuer: false };
  #onceMore: (url: string, error: string | null) => string | undefined = () => undefined;
  readonly #gate: PeerGate;
  /** Whether a browser has the cookie. */
  #opened = false;
  #answeredBy: 'browser' | 'paste' | undefined;
  readonly #straysSeen = new Set<string>();
  #toldOnce = new Set<(() => void) | undefined>();

  /** Binds the listener. Throws `port-busy` and `bad-configuration`. */
  static async open(options: LoopbackOptions): Promise<Loopback> {
    const loopback = new Loopback(options);
    loopback.#listener = await listenOnLoopback(options, loopback.#app(), {
      peers: loopback.#gate.peers,
      onDropped: () => loopback.#onDropped(),
      onTls: () => loopback.#once(options.onTls),
      oversized: () => loopback.#oversized(),
    });
    return loopback;
  }

  private constructor(options: LoopbackOptions) {
    this.#options = options;
    this.#gate = new PeerGate(options.onPeer, options.peers);
    this.#donePath = options.path === '/done' ? '/signed-in' : '/done';
    // The renewal may not await it yet, or no longer.
    this.callback.catch(() => {});
  }

  /** The registered redirect address (RFC 8252 7.3). */
  get redirectUri(): string {
    return `http://${this.#authority}${this.#options.path}`;
  }

  /** The address to open: it gives the browser its cookie and redirects to the provider. */
  get link(): string {
    return `http://${this.#authority}${this.#startPath}`;
  }

  /**
   * Starts to answer: the link redirects to `authorizationUrl`, and a callback must be as expected.
   * `onceMore` returns the URL that replaces a request after an error, with the same state.
   */
  serve(authorizationUrl: string, expected: Expected, onceMore = this.#onceMore): void {
    this.#authorizationUrl = authorizationUrl;
    this.#expected = expected;
    this.#onceMore = onceMore;
  }

  /** Accepts the last address of a remote browser; pasting replaces the cookie. Returns why it is refused. */
  accept(address: string): PasteRefusal | undefined {
    if (this.#isOver) return { reason: 'the sign-in has ended' };
    if (!URL.canParse(address)) return { reason: 'it is not a whole address' };
    const { origin, pathname, searchParams } = new URL(address);
    // A browser adds the slash to an address without a path.
    if (`${origin}${pathname}` !== new URL(this.redirectUri).href)
      return { reason: `it does not begin with ${this.redirectUri}` };
    const refusal = refuseCallback(searchParams, this.#expected, !this.#answeredBy);
    if (refusal) return { reason: refusal.reason };
    const providerLink = this.#nextRequest(searchParams);
    if (providerLink !== undefined) {
      const reason = 'the provider refused a scope; open this link, which requests less, and paste again';
      return { reason, providerLink };
    }
    this.#answeredBy = 'paste';
    this.#callback.resolve(searchParams);
    return undefined;
  }

  /** Ends the sign-in: no answer counts from now on, and the page of the result is all that a browser gets. */
  show(page: string): void {
    // It holds the keys of the provider.
    this.#onceMore = () => undefined;
    this.#last.show(page, this.#answeredBy);
  }

  /** Frees the port as soon as the browser has the page of the result, because another sign-in wants it. */
  giveWay(): void {
    this.#last.giveWay();
  }

  close(): void {
    this.#listener.close();
    this.#once(this.#options.onClosed);
  }

  get port(): number {
    return this.#listener.port;
  }

  get #isOver(): boolean {
    return this.#last.page !== undefined;
  }

  get #authority(): string {
    return `${this.#options.host}:${this.port}`;
  }

  #app(): Express {
    const { pages } = this.#options;
    const path = this.#options.path || '/';
    const app = express();
    app.disable('x-powered-by').disable('etag').set('env', 'production').set('query parser', false);
    app.enable('case sensitive routing').enable('strict routing');
    app.use((request, response, next) => {
      response.set(pages.headers);
      const refusal = refuse(request, this.#authority, [this.#startPath, path, this.#donePath]);
      if (refusal) return this.#refuse(response, ...refusal);
      return this.#gate.admit(request.socket, {
        pass: next,
        refuse: (peer) => response.status(403).type('html').send(pages.ofAnotherAccount(peer)),
      });
    });
    app.get(this.#startPath, (request, response) => this.#onStart(request, response));
    app.get(path, (request, response) => this.#onCallback(request, response));
    app.get(this.#donePath, (request, response) => this.#onDone(request, response));
    // Express's own handler prints the stack on stderr and shows it on the page.
    app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      this.#refuse(response, 500, 'an unexpected error occurred');
    });
    return app;
  }

  #onStart(request: Request, response: Response): void {
    const hasCookie = this.#cookie.isIn(request);
    if (!this.#authorizationUrl) {
      this.#refuse(response, 404, 'the sign-in has not started yet');
    } else if (!hasCookie && needsToGoOn(request)) {
      response.status(goOnPage.status).set(goOnPage.headers).send(goOnPage.body);
    } else if (this.#opened && !hasCookie && !this.#isOver) {
      response
        .status(410)
        .type('html')
        .send(this.#options.pages.failed(this.#end(twoBrowsers).toReport()));
    } else if (this.#answeredBy || this.#isOver) {
      // "Back" on the page of the result leads here, and a second sign-in at the provider would be lost.
      if (hasCookie) response.redirect(303, this.#donePath);
      else if (this.#answeredBy) this.#sendAnsweredBefore(response);
      else response.status(410).type('html').send(this.#last.page);
    } else {
      this.#opened = true;
      this.#firstOpen.resolve();
      response.set('Set-Cookie', this.#cookie.header('Max-Age=3600; HttpOnly; SameSite=Lax; Path=/'));
      response.redirect(302, this.#authorizationUrl);
    }
  }

  #onCallback(request: Request, response: Response): void {
    const parameters = new URLSearchParams(new URL(request.url, 'http://loopback').search);
    const refusal = refuseCallback(parameters, this.#expected, !this.#answeredBy);
    if (!this.#cookie.isIn(request)) {
      // A tab that a browser restored brings the state of an earlier sign-in: that is no stranger.
      const isCurrent = sameText(parameters.get('state') ?? '', this.#expected.state);
      if (!isCurrent || this.#answeredBy || this.#isOver) {
        if (isCurrent) this.#tellStray(strayAnswer);
        const reason = 'this browser did not open the sign-in link, or stores no cookies for this machine';
        this.#refuse(response, 403, reason);
        return;
      }
      this.#once(this.#options.onElsewhere);
      response.status(403).type('html').send(this.#options.pages.ofAnotherBrowser());
    } else if (refusal?.status === 410) {
      this.#sendAnsweredBefore(response);
    } else if (refusal) {
      if (refusal.remark) this.#tellStray(refusal.remark);
      this.#refuse(response, refusal.status, refusal.reason);
    } else if (this.#isOver) {
      response.redirect(303, this.#donePath);
    } else {
      const again = this.#nextRequest(parameters);
      if (again !== undefined) {
        response.redirect(303, again);
        return;
      }
      this.#answeredBy = 'browser';
      this.#callback.resolve(parameters);
      response.redirect(303, this.#donePath);
    }
  }

  /** Returns the request that follows an answer whose error allows one. The start link leads there from now on. */
  #nextRequest(parameters: URLSearchParams): string | undefined {
    const next = this.#onceMore(this.#authorizationUrl, parameters.get('error'));
    if (next !== undefined) this.#authorizationUrl = next;
    return next;
  }

  #onDone(request: Request, response: Response): Promise<void> | undefined {
    if ((!this.#answeredBy && !this.#isOver) || !this.#cookie.isIn(request)) {
      this.#refuse(response, 404, 'this is not a page of the sign-in');
      return undefined;
    }
    request.setTimeout(longestWait);
    // The headers alone move Chromium's tab: a reload during STS must not load the provider's page again.
    // The length of the page is not known yet, and the end of the connection marks the end of the page.
    response.type('html').removeHeader('Transfer-Encoding');
    response.flushHeaders();
    return this.#last.send(response);
  }

  #sendAnsweredBefore(response: Response): void {
    response.status(410).type('html').send(this.#options.pages.answeredBefore());
  }

  /** Rule 7. Without a cookie in any browser, the next one is the second. */
  #onDropped(): void {
    if (this.#opened) this.#end(cutOff);
    this.#opened = true;
  }

  #end(fault: string): DaypassError {
    const hint =
      'run the command again, and open its link in one browser, with cookies allowed for this machine';
    this.reused = new DaypassError('start-link-reused', fault, { hint });
    this.#callback.reject(this.reused);
    return this.reused;
  }

  #once(tell: (() => void) | undefined): void {
    if (this.#toldOnce.has(tell)) return;
    this.#toldOnce.add(tell);
    tell?.();
  }

  /** Returns the answer of rule 3 to headers above the limit, as it is sent. */
  #oversized(): string {
    const reason = `its headers are too large: delete the cookies that your browser stores for ${this.#options.host}`;
    const page = this.#options.pages.notAccepted(431, reason);
    const headers = {
      ...this.#options.pages.headers,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(page),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `HTTP/1.1 431 Request Header Fields Too Large\r\n${lines.join('')}\r\n${page}`;
  }

  #tellStray(remark: string): void {
    if (this.#straysSeen.has(remark) || this.#straysSeen.size === mostRemarks) return;
    this.#straysSeen.add(remark);
    this.#options.onStray?.(remark);
  }

  #refuse(response: Response, status: number, reason: string): void {
    if (status === 405) response.set('Allow', 'GET');
    response.status(status).type('html').send(this.#options.pages.notAccepted(status, reason));
  }
}
