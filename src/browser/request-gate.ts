import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Returns why a request does not belong to the sign-in, before any part of it is used, or undefined. */
export function refuse(
  request: IncomingMessage,
  authority: string,
  paths: readonly string[],
): [status: number, reason: string] | undefined {
  const { headers, rawHeaders, method, url = '' } = request;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  // DNS rebinding reads a loopback server under another name.
  if (hosts.length !== 1 || headers.host !== authority) return [421, 'it was meant for another host'];
  if (!url.startsWith('/') || url.length > 8192) return [400, 'its address is not one of this machine'];
  if (headers['transfer-encoding'] !== undefined) return [400, 'it has a body'];
  if (Number(headers['content-length'] ?? 0) !== 0) return [413, 'it has a body'];
  if (!paths.includes(url.split('?', 1)[0] ?? '')) return [404, 'this is not a page of the sign-in'];
  if (method !== 'GET') return [405, 'only GET is answered here'];
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': destination = 'document' } = headers;
  if (mode !== 'navigate' || destination !== 'document' || headers.origin !== undefined)
    return [403, 'a page asked for it, not a person'];
  const purpose = `${headers['sec-purpose'] ?? ''}${headers.purpose ?? ''}${headers['x-moz'] ?? ''}`;
  return /prefetch|prerender|preview/i.test(purpose) ? [403, 'it was only a prefetch'] : undefined;
}

interface Refusal {
  status: number;
  reason: string;
  /** Set if it answers another sign-in than the open one. */
  stranger?: true;
}

/** Returns why a callback, brought or pasted, is refused, or undefined. An empty `state` accepts none. */
export function refuseCallback(query: URLSearchParams, state: string, isOpen: boolean): Refusal | undefined {
  const names = [...query.keys()];
  const odd = { status: 400, reason: 'its parameters are not those of a sign-in' };
  if (names.length > 12 || new Set(names).size < names.length) return odd;
  if (!isOpen) return { status: 410, reason: 'this sign-in has been answered before' };
  if (!sameText(query.get('state') ?? '', state))
    return { status: 400, reason: 'its state is not that of the open sign-in', stranger: true };
  // Tokens never come through the browser (RFC 9700 2.1.2).
  const foreign = ['access_token', 'id_token', 'response'].some((name) => query.has(name));
  return foreign || query.has('code') === query.has('error') ? odd : undefined;
}

/** The cookie of the one browser of a link. Its name is random, since all ports of a host share cookies. */
export class BrowserCookie {
  readonly #pair = `daypass-${randomBytes(4).toString('hex')}=${randomBytes(32).toString('base64url')}`;

  /** Returns the value of a `Set-Cookie` header. */
  header(attributes: string): string {
    return `${this.#pair}; ${attributes}`;
  }

  isIn({ headers }: IncomingMessage): boolean {
    return (headers.cookie ?? '').split('; ').some((cookie) => sameText(cookie, this.#pair));
  }
}

/** Compares secrets in a time that does not depend on them; nothing equals an empty `want`. */
export function sameText(got: string, want: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return want !== '' && timingSafeEqual(digest(got), digest(want));
}
