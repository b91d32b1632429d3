import { DaypassError } from '../errors.ts';
import { networkHint, networkReason } from '../network/reason.ts';

/** The error of a request that got no whole answer: `whom` in words, and the host of `url`. */
export function networkError(whom: string, url: string, error: unknown): DaypassError {
  // A proxy that is in the way, or a CA file that cannot be read.
  if (error instanceof DaypassError) return error;
  const reason = networkReason(error);
  return new DaypassError('provider-unreachable', `cannot reach ${whom} at ${new URL(url).host}: ${reason}`, {
    hint: networkHint(reason, 'issuer'),
    cause: error,
  });
}

/** Something else than the provider answered: a page where JSON belongs. */
export function notJson(url: string, cause?: unknown): DaypassError {
  return new DaypassError('provider-failed', `${url} did not answer with JSON`, { hint: inTheWay, cause });
}

export const inTheWay = 'check the issuer, then the network (a captive portal or a proxy may be in the way)';
