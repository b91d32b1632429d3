import type { IncomingMessage } from 'node:http';

/** Why a request has nothing to do with the sign-in, before anything of it is used; undefined if it may go on. */
export function refuse(
  request: IncomingMessage,
  authority: string,
  paths: readonly string[],
): [status: number, reason: string] | undefined {
  const { headers, rawHeaders, method, url = '' } = request;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  // Another name that leads here is how DNS rebinding reads a loopback server.
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
