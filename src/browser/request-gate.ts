import type { IncomingMessage } from 'node:http';

/** Returns why a request does not belong to the sign-in, before any part of it is used; undefined if it may proceed. */
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
  if (mode !== 'navigate' || destination !== 'document') return [403, 'a page asked for it, not a person'];
  if (headers.origin !== undefined) return [403, 'a page asked for it, not a person'];
  const purpose = `${headers['sec-purpose'] ?? ''}${headers.purpose ?? ''}${headers['x-moz'] ?? ''}`;
  if (/prefetch|prerender|preview/i.test(purpose)) return [403, 'it was only a prefetch'];
  return undefined;
}
