import type { ServerResponse } from 'node:http';
import { deferred } from '../process/deferred.ts';

/** Milliseconds after the end in which a reload still gets the page of the result. */
const reloadTime = 10_000;

/** Milliseconds after the end in which a tab that did not bring the answer learns of the end. */
const returnTime = 30_000;

/** Milliseconds after the end in which the browser must fetch its page if another sign-in wants the port. */
const fetchTime = 5000;

/** The page of the result of a sign-in, and how long the listener stays for it (rule 11 of `loopback-server.ts`). */
export class LastPage {
  readonly #result = deferred<string>();
  readonly #over = deferred<void>();
  /** Resolves when the listener can close. */
  readonly over = this.#over.promise;
  /** The page. Undefined until the sign-in has ended. */
  page: string | undefined;
  /** Whether the browser that answered waits for the page. */
  #isOwed = false;
  /** The number of answers with the page that are being sent. */
  #underWay = 0;
  #portIsWanted = false;

  /** Ends the sign-in with its page. A person who pasted the answer has no tab that comes back. */
  show(page: string, answeredBy: 'browser' | 'paste' | undefined): void {
    this.page = page;
    this.#result.resolve(page);
    this.#isOwed = answeredBy === 'browser';
    const stay = answeredBy === undefined ? returnTime : answeredBy === 'browser' ? reloadTime : 0;
    setTimeout(this.#over.resolve, stay).unref();
    setTimeout(() => this.#onNoneOwed(), fetchTime).unref();
    this.#endIfWanted();
  }

  /** Sends the page as soon as there is one. */
  async send(response: ServerResponse): Promise<void> {
    const page = await this.#result.promise;
    if (response.destroyed) return;
    this.#underWay += 1;
    response.once('close', () => {
      this.#underWay -= 1;
      this.#onNoneOwed();
    });
    response.end(page);
  }

  /** Ends the stay as soon as the browser has its page, because another sign-in wants the port. */
  giveWay(): void {
    this.#portIsWanted = true;
    this.#endIfWanted();
  }

  #onNoneOwed(): void {
    this.#isOwed = false;
    this.#endIfWanted();
  }

  #endIfWanted(): void {
    const isBusy = this.page === undefined || this.#isOwed || this.#underWay > 0;
    if (this.#portIsWanted && !isBusy) this.#over.resolve();
  }
}
