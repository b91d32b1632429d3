import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The cookie by which a listener recognises the one browser that opened its link. Cookies are shared by all ports of a host. */
export class BrowserCookie {
  readonly #pair = `daypass-${randomBytes(4).toString('hex')}=${randomBytes(32).toString('base64url')}`;

  /** Returns the value of a `Set-Cookie` header. */
  header(attributes: string): string {
    return `${this.#pair}; ${attributes}`;
  }

  /** Returns whether the request carries the cookie. */
  isIn({ headers }: IncomingMessage): boolean {
    return (headers.cookie ?? '').split('; ').some((cookie) => sameText(cookie, this.#pair));
  }
}

/** Compares secrets in a time that does not depend on them; nothing equals an empty `want`. */
export function sameText(got: string, want: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return want !== '' && timingSafeEqual(digest(got), digest(want));
}
