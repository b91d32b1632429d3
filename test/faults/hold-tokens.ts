import { deferred } from '../../src/process/deferred.ts';
import type { FaultStage } from './fault.ts';

/** Holds the requests to the token endpoint until `release` is called. */
export function holdTokens({ provider }: FaultStage): { asked: () => boolean; release: () => void } {
  const answer = deferred<void>();
  let asked = false;
  provider.token = async (form) => {
    asked = true;
    await answer.promise;
    return provider.tokens(form);
  };
  return { asked: () => asked, release: answer.resolve };
}
