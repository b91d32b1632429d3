import { DaypassError } from '../errors.ts';
import { discover } from '../oidc/discovery.ts';
import type { UncheckedMetadata } from '../oidc/known-providers.ts';
import { interruptible } from '../process/interrupt.ts';

/**
 * Reads the metadata as a sign-in does, and returns it. Throws the errors of `discover`, and `interrupted` at
 * once at ^C.
 */
export async function checkIssuer(issuer: string): Promise<UncheckedMetadata> {
  return interruptible(
    (interrupted) =>
      new Promise((resolve, reject) => {
        interrupted.addEventListener('abort', () =>
          reject(new DaypassError('interrupted', 'interrupted during the request to the provider')),
        );
        discover(issuer).then(({ metadata }) => resolve({ ...metadata }), reject);
      }),
  );
}
