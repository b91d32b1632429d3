import { DaypassError } from '../errors.ts';
import { isUnknownAuthority, networkReason } from '../network-reason.ts';

/** The error of a request that got no whole answer: `whom` in words, and the host of `url`. */
export function networkError(whom: string, url: string, error: unknown): DaypassError {
  const reason = networkReason(error);
  return new DaypassError('provider-unreachable', `cannot reach ${whom} at ${new URL(url).host}: ${reason}`, {
    hint: isUnknownAuthority(reason)
      ? "name your company's CA file in NODE_EXTRA_CA_CERTS, then run the command again"
      : 'check the network and the issuer, then run the command again',
    cause: error,
  });
}
