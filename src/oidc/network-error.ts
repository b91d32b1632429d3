import { DaypassError } from '../errors.ts';
import { unreachable } from '../network/unreachable.ts';

/** The error of a request that got no whole answer: `whom` in words, and the host of `url`. */
export function networkError(whom: string, url: string, error: unknown): DaypassError {
  const peer = `${whom} at ${new URL(url).host}`;
  return unreachable('provider-unreachable', { peer, setting: 'issuer' }, error);
}

/** Something else than the provider answered: a page where JSON belongs. */
export function notJson(url: string, cause?: unknown): DaypassError {
  return new DaypassError('provider-failed', `${url} did not answer with JSON`, { hint: inTheWay, cause });
}

export const inTheWay = 'check the issuer, then the network (a captive portal or a proxy may be in the way)';
