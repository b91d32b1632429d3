import { DaypassError } from '../errors.ts';
import type { CaBundle } from '../network/authorities.ts';
import { boundedFetch, type FetchOptions } from '../network/bounded-fetch.ts';
import { unreachable } from '../network/unreachable.ts';

/** Returns the error of a request that got no whole answer; it names `whom` and the host of `url`. */
export function networkError(
  whom: string,
  url: string,
  error: unknown,
  caBundle: CaBundle | undefined,
): DaypassError {
  const peer = `${whom} at ${new URL(url).host}`;
  return unreachable('provider-unreachable', { peer, url, setting: 'issuer', caBundle }, error);
}

/** Requests a JSON document; `whom` names its owner in an error. Throws `provider-unreachable`. */
export function requestJson(whom: string, url: string, options: FetchOptions): Promise<Response> {
  return boundedFetch(url, { headers: { accept: 'application/json' } }, options).catch((error) => {
    throw networkError(whom, url, error, options.caBundle);
  });
}

/** Returns the error of a provider that refused, or whose answer is unusable. */
export function providerFailed(fault: string, hint: string, cause?: unknown): DaypassError {
  return new DaypassError('provider-failed', fault, { hint, cause });
}

/** Returns the error of an answer that is not JSON, so that it does not come from the provider. */
export function notJson(url: string, cause?: unknown): DaypassError {
  return providerFailed(`${url} did not answer with JSON`, inTheWay, cause);
}

/** The hint for an answer of the provider that is unusable now. */
export const again =
  "try again in a few minutes; if it keeps happening, contact your identity provider's administrator";

/** The hint for a provider that refuses the client. */
export const checkSecret =
  'check the client id; a confidential client needs its secret in DAYPASS_CLIENT_SECRET, a public client none';

/** The hint for an answer that does not come from the provider. */
export const inTheWay = 'check the issuer, then the network (a captive portal or a proxy may be in the way)';
