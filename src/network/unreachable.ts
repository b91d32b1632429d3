import { DaypassError } from '../errors.ts';
import { networkHint, networkReason } from './reason.ts';

/**
 * Returns the error of a request that got no whole answer. `peer` names who was asked and where; `setting` is the setting that may be
 * wrong if the network is not. An error that is already a DaypassError (a proxy, a CA file) is returned unchanged.
 */
export function unreachable(
  code: 'provider-unreachable' | 'sts-unreachable',
  { peer, setting }: { peer: string; setting: string },
  cause: unknown,
): DaypassError {
  if (cause instanceof DaypassError) return cause;
  const reason = networkReason(cause);
  return new DaypassError(code, `cannot reach ${peer}: ${reason}`, {
    hint: networkHint(reason, setting),
    cause,
  });
}
