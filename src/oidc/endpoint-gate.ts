import { ownParameters } from '../settings/parse-values.ts';

/**
 * Returns whether a URL from the provider may be used: https (http on literal loopback), no user, no fragment,
 * only characters that every shell, log and launcher reads alike, short enough for every launcher, and none
 * of our own parameters. CVE-2025-6514 shows the harm of an unchecked endpoint.
 */
export function isSafeEndpoint(endpoint: unknown): endpoint is string {
  if (typeof endpoint !== 'string' || endpoint.length > 2048 || !URL.canParse(endpoint)) return false;
  // URL escapes it in a path from Node 24 on, so it is refused here for every Node.
  if (endpoint.includes('^')) return false;
  const { href, protocol, username, password, hash, hostname, searchParams } = new URL(endpoint);
  const loopback = protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]');
  if (!(protocol === 'https:' || loopback) || username || password || hash) return false;
  return isPlainUrl(href) && !ownParameters.some((name) => searchParams.has(name));
}

/** Returns whether a URL consists of characters that reach the browser unchanged on every platform. */
export function isPlainUrl(url: string): boolean {
  const plain =
    /^https?:\/\/[A-Za-z0-9.\-[\]:]+(\/[A-Za-z0-9._~%!*+,=:@/-]*)?(\?[A-Za-z0-9._~%!*+,=:@/?&-]*)?$/;
  return url.length <= 8192 && plain.test(url);
}

/** Returns whether an authorization request, which has our own parameters, may be shown to a person. */
export function isSafeRequest(url: unknown): url is string {
  return typeof url === 'string' && isPlainUrl(url) && isSafeEndpoint(url.split('?', 1)[0]);
}

/** Returns whether a device code can be shown: a person reads it on a terminal and types it. */
export function isUserCode(code: unknown): code is string {
  return typeof code === 'string' && /^[\w -]{4,40}$/.test(code);
}
