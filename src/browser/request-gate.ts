import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { sameText } from '../loopback/same-text.ts';
import { printable } from '../terminal/printable.ts';

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
  /** What the person must know, because the open sign-in may be under attack or cannot end. */
  remark?: string;
}

/** The values that a callback must have. An empty `state` accepts none. */
export interface Expected {
  state: string;
  issuer: string;
  /** Whether the provider promises to send its `iss` (RFC 9207 3). */
  sendsIssuer: boolean;
}

/** Why a pasted address is not accepted. */
export interface PasteRefusal {
  reason: string;
  /** The request that replaces the one that this address answers. */
  providerLink?: string;
}

/** What the person must know of a callback that belongs to another sign-in. */
export const strayAnswer =
  'another browser or program sent an answer to this sign-in, and daypass rejected it';

/** Returns why a callback, brought or pasted, is refused, or undefined. */
export function refuseCallback(
  query: URLSearchParams,
  { state, ...provider }: Expected,
  isOpen: boolean,
): Refusal | undefined {
  const names = [...query.keys()];
  const odd = { status: 400, reason: 'its parameters are not those of a sign-in' };
  if (names.length > 12 || new Set(names).size < names.length) return odd;
  if (!isOpen) return { status: 410, reason: 'this sign-in has been answered before' };
  if (!sameText(query.get('state') ?? '', state))
    return { status: 400, reason: 'its state is not that of the open sign-in', remark: strayAnswer };
  // Tokens never come through the browser (RFC 9700 2.1.2).
  const foreign = ['access_token', 'id_token', 'response'].some((name) => query.has(name));
  if (foreign || query.has('code') === query.has('error')) return odd;
  return refuseIssuer(query, provider);
}

/** Returns why the issuer of an answer is refused (RFC 9207 2.4), or undefined. */
function refuseIssuer(
  query: URLSearchParams,
  { issuer, sendsIssuer }: Omit<Expected, 'state'>,
): Refusal | undefined {
  const named = query.get('iss');
  // An error without an issuer gives nothing to anyone, and a person who denies must not wait.
  if (named === issuer || (named === null && (!sendsIssuer || query.has('error')))) return undefined;
  const [reason, came] =
    named === null
      ? ['it does not name its issuer (iss), as the provider promises', 'does not name its issuer (iss)']
      : [
          'its issuer (iss) is not that of the provider',
          `names the issuer "${printable(named)}", not "${issuer}"`,
        ];
  return { status: 400, reason, remark: `an answer to this sign-in ${came}, and daypass rejected it` };
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
