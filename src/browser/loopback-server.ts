// The rules of the loopback listener. Each follows from what browsers do, or from who else may connect.
//
// Connections (loopback-connections.ts)
//  1. No byte is written without a request. Browsers open spare connections and send a later request on them, and Chromium reads
//     any byte that is already there as the answer. A connection that is silent for 6 s, or starts a request and does not finish
//     it within 3 s, is closed without a byte. The browser then opens another.
//  2. One request a connection. Each answer says `Connection: close`, and bytes after the first request are not processed.
//  3. Bytes that are no HTTP request get a bare 400, an `Expect` gets a bare 417, and nothing after them is processed.
//  4. 32 connections stay open. If there are more, those without a byte are closed first, the oldest first, then those without a
//     whole request. A connection whose request is being answered stays. So a program that only connects cannot keep a browser out.
// Requests (request-gate.ts)
//  5. A request needs our Host, one of our three paths, GET without a body, and a navigation of a tab. Any other gets an error
//     page and changes nothing.
// The sign-in (here and in callback-gate.ts)
//  6. The start link gives its first browser a cookie and redirects to the provider. That browser may open the link again, in any
//     tab, and after the callback the link redirects to the result. A second browser ends the sign-in, since one of the two belongs
//     to somebody else.
//  7. The callback needs that cookie, the state, and a code or an error. The first one that passes counts. A later one of the same
//     browser, such as a second tab, gets a page that says so. All others get an error page and end nothing.
//  8. The callback redirects to the result, so that neither the address bar nor the history keeps the code. The result waits for
//     STS and the store. Its headers are sent at once: they move Chromium's tab, so a reload waits again (Firefox stays at the
//     provider's page until the result is there). A reload after the end shows the same page while the listener is open.
//  9. The listener closes when the browser has the page of the result, and at most 5 s after the result for a tab that was closed.

import { randomBytes } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { BrowserCookie, sameText } from './browser-cookie.ts';
import { type CallbackRefusal, refuseCallback } from './callback-gate.ts';
import { type ListenerAddress, listenOnLoopback } from './loopback-listener.ts';
import type { Pages } from './pages.ts';
import { refuse } from './request-gate.ts';

/**
 * Milliseconds that the browser may wait for the page of the result. Longer than all deadlines before it together: the token endpoint
 * (20 s), the keys (10 s), STS, which may be asked twice (40 s), and the calls of the keychain (20 s each).
 */
const longestWait = 240_000;

/** Milliseconds after the result in which the browser must fetch its page: a closed tab never does. */
const pageDeadline = 5000;

export interface LoopbackOptions extends ListenerAddress {
  path: string;
  pages: Pages;
  /** Called once, at the first callback from another browser or for another sign-in. All of them are refused. */
  onStranger?: () => void;
}

/** How far the sign-in has come: `offered` is a link that no browser has opened yet. */
type Stage =
  | { name: 'preparing' }
  | { name: 'offered' | 'opened'; authorizationUrl: string; state: string }
  | { name: 'answered'; by: 'browser' | 'paste'; opened: boolean; state: string };

/** The listener of one sign-in: it answers only the browser that opened its link, and closes with the sign-in. */
export class Loopback {
  readonly #options: LoopbackOptions;
  readonly #cookie = new BrowserCookie();
  readonly #startPath = `/start/${randomBytes(16).toString('base64url')}`;
  readonly #donePath: string;
  readonly #callback = deferred<URLSearchParams>();
  readonly #result = deferred<string>();
  readonly #delivered = deferred<void>();
  /** The parameters of the first callback that passes every check; rejects with `start-link-reused`. */
  readonly callback = this.#callback.promise;
  /** Resolves when the browser has the page of the result, or does not fetch it. */
  readonly delivered = this.#delivered.promise;
  #listener = { port: 0, close: () => {} };
  #stage: Stage = { name: 'preparing' };
  #reused: DaypassError | undefined;
  #strangerSeen = false;

  /** Binds the listener. Throws `port-busy` and `bad-configuration`. */
  static async open(options: LoopbackOptions): Promise<Loopback> {
    const loopback = new Loopback(options);
    loopback.#listener = await listenOnLoopback(options, loopback.#app());
    return loopback;
  }

  private constructor(options: LoopbackOptions) {
    this.#options = options;
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

  /** Set once a second browser opened the link, even after the callback: a fast stranger must not win. */
  get reused(): DaypassError | undefined {
    return this.#reused;
  }

  /** Starts to answer: the link redirects to `authorizationUrl`, and a callback must carry `state`. */
  serve(authorizationUrl: string, state: string): void {
    this.#stage = { name: 'offered', authorizationUrl, state };
  }

  /**
   * Accepts the address at which a browser on another machine ended: the person who pastes it replaces the cookie. Returns why the
   * address is refused, or undefined.
   */
  accept(address: string): string | undefined {
    if (!URL.canParse(address)) return 'it is not a whole address';
    const { origin, pathname, searchParams } = new URL(address);
    if (`${origin}${pathname}` !== this.redirectUri) return `it does not begin with ${this.redirectUri}`;
    const refusal = this.#refuseParameters(searchParams);
    if (refusal) return refusal.reason;
    this.#answered('paste', searchParams);
    return undefined;
  }

  /** Sends the page of the result to the browser that waits after its callback. */
  show(page: string): void {
    this.#result.resolve(page);
    const waits = this.#stage.name === 'answered' && this.#stage.by === 'browser';
    setTimeout(this.#delivered.resolve, waits ? pageDeadline : 0).unref();
  }

  close(): void {
    this.#listener.close();
  }

  get #authority(): string {
    return `${this.#options.host}:${this.#listener.port}`;
  }

  #app(): Express {
    const { path, pages } = this.#options;
    const app = express();
    app.disable('x-powered-by').disable('etag').set('env', 'production').set('query parser', false);
    app.enable('case sensitive routing').enable('strict routing');
    app.use((request, response, next) => {
      response.set(pages.headers);
      const refusal = refuse(request, this.#authority, [this.#startPath, path, this.#donePath]);
      if (refusal) this.#refuse(response, ...refusal);
      else next();
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
    const stage = this.#stage;
    if (stage.name === 'preparing') {
      this.#refuse(response, 404, 'the sign-in has not started yet');
    } else if (this.#opened && !this.#cookie.isIn(request)) {
      this.#endForSecondBrowser(response);
    } else if (stage.name === 'answered') {
      // "Back" on the page of the result leads here, and a second sign-in at the provider would be lost.
      if (this.#cookie.isIn(request)) response.redirect(303, this.#donePath);
      else this.#sendAnsweredBefore(response);
    } else {
      this.#stage = { ...stage, name: 'opened' };
      response.set('Set-Cookie', this.#cookie.header('Max-Age=3600; HttpOnly; SameSite=Lax; Path=/'));
      response.redirect(302, stage.authorizationUrl);
    }
  }

  #onCallback(request: Request, response: Response): void {
    const parameters = new URLSearchParams(new URL(request.url, 'http://loopback').search);
    const refusal = this.#refuseParameters(parameters);
    if (!this.#cookie.isIn(request)) {
      // A tab that a browser restored brings the state of an earlier sign-in: that is no stranger.
      if (sameText(parameters.get('state') ?? '', this.#state)) this.#reportStranger();
      const reason = 'this browser did not open the sign-in link, or stores no cookies for this machine';
      this.#refuse(response, 403, reason);
      return;
    }
    if (refusal?.status === 410) {
      this.#sendAnsweredBefore(response);
    } else if (refusal) {
      if (refusal.stranger) this.#reportStranger();
      this.#refuse(response, refusal.status, refusal.reason);
    } else {
      this.#answered('browser', parameters);
      response.redirect(303, this.#donePath);
    }
  }

  async #onDone(request: Request, response: Response): Promise<void> {
    if (this.#stage.name !== 'answered' || !this.#cookie.isIn(request)) {
      this.#refuse(response, 404, 'this is not a page of the sign-in');
      return;
    }
    request.setTimeout(longestWait);
    // The headers alone move Chromium's tab here: a reload while STS answers must not load the provider's page again. The length of
    // the page is not known yet, and the end of the connection marks the end of the page.
    response.type('html').removeHeader('Transfer-Encoding');
    response.flushHeaders();
    const page = await this.#result.promise;
    response.once('close', () => this.#delivered.resolve());
    response.end(page);
  }

  #refuseParameters(parameters: URLSearchParams): CallbackRefusal | undefined {
    return refuseCallback(parameters, { answered: this.#stage.name === 'answered', state: this.#state });
  }

  #answered(by: 'browser' | 'paste', parameters: URLSearchParams): void {
    this.#stage = { name: 'answered', by, opened: this.#opened, state: this.#state };
    this.#callback.resolve(parameters);
  }

  /** The `state` of the authorization request; empty before there is one. */
  get #state(): string {
    return this.#stage.name === 'preparing' ? '' : this.#stage.state;
  }

  #sendAnsweredBefore(response: Response): void {
    response.status(410).type('html').send(this.#options.pages.answeredBefore());
  }

  /** Whether a browser has the cookie. */
  get #opened(): boolean {
    const stage = this.#stage;
    return stage.name === 'answered' ? stage.opened : stage.name === 'opened';
  }

  #endForSecondBrowser(response: Response): void {
    this.#reused = new DaypassError(
      'start-link-reused',
      'the sign-in link was opened in two browsers, and one of them may not be yours',
      {
        hint: 'run the command again, and open its link in one browser, with cookies allowed for this machine',
      },
    );
    this.#callback.reject(this.#reused);
    response.status(410).type('html').send(this.#options.pages.failed(this.#reused.toReport()));
  }

  #reportStranger(): void {
    if (!this.#strangerSeen) this.#options.onStranger?.();
    this.#strangerSeen = true;
  }

  #refuse(response: Response, status: number, reason: string): void {
    if (status === 405) response.set('Allow', 'GET');
    response.status(status).type('html').send(this.#options.pages.notAccepted(status, reason));
  }
}
