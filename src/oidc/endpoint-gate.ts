import { ownParameters } from '../settings/parse-values.ts';

/**
 * Whether a URL that the provider named may be used: https (http on literal loopback), no user, no fragment, only characters
 * that no shell, log or launcher reads differently, short enough for every launcher, no parameter of ours to double or override.
 * CVE-2025-6514 is what happens otherwise.
 */
export function isSafeEndpoint(endpoint: unknown): endpoint is string {
  if (typeof endpoint !== 'string' || endpoint.length > 2048 || !URL.canParse(endpoint)) return false;
  // From Node 24 on, URL escapes it in a path; here every Node refuses the same.
  if (endpoint.includes('^')) return false;
  const { href, protocol, username, password, hash, hostname, searchParams } = new URL(endpoint);
  const loopback = protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]');
  return (
    (protocol === 'https:' || loopback) &&
    !username &&
    !password &&
    !hash &&
    isPlainUrl(href) &&
    ![...searchParams.keys()].some((name) => ownParameters.includes(name))
  );
}

/** Whether a whole URL is made of characters that reach the browser unchanged on every platform. */
export function isPlainUrl(url: string): boolean {
  return (
    url.length <= 8192 &&
    /^https?:\/\/[A-Za-z0-9.\-[\]:]+(\/[A-Za-z0-9._~%!*+,=:@/-]*)?(\?[A-Za-z0-9._~%!*+,=:@/?&-]*)?$/.test(url)
  );
}
