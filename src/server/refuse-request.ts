import type { IncomingMessage } from 'node:http';
import { sameText } from '../loopback/same-text.ts';

/** The values that a request must have. */
export interface Expected {
  authority: string;
  path: string;
  token: string;
}

/** Returns why a request gets no credentials, or undefined. The token comes last: no other rule depends on it. */
export function refuseRequest(
  { rawHeaders, headers, method, url }: IncomingMessage,
  { authority, path, token }: Expected,
): [status: number, reason: string] | undefined {
  // Node joins repeated headers, or keeps one of them.
  const valuesOf = (name: string) =>
    rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  const [host, ...otherHosts] = valuesOf('host');
  // DNS rebinding reads a loopback server under another name.
  if (host !== authority || otherHosts.length > 0) return [421, 'it names another host'];
  if (url !== path) return [404, 'there is nothing at this address'];
  // Also to the preflight of a browser, so that no page may send the token.
  if (method !== 'GET') return [405, 'only GET is answered here'];
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0)
    return [413, 'it has a body'];
  if (isOfBrowser(headers)) return [403, 'a browser sent it'];
  const [got = '', ...others] = valuesOf('authorization');
  if (!sameText(got, token) || others.length > 0)
    return [401, 'its authorization token is not that of this endpoint'];
  return undefined;
}

/** Every browser since 2023 sends Sec-Fetch-Site; the fetch of Node, which is no browser, only Sec-Fetch-Mode. */
function isOfBrowser(headers: IncomingMessage['headers']): boolean {
  return ['origin', 'sec-fetch-site', 'sec-fetch-dest'].some((name) => headers[name] !== undefined);
}
