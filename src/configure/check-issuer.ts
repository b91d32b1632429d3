import { DaypassError } from '../errors.ts';
import { discover } from '../oidc/discovery.ts';
import { interruptible } from '../process/interrupt.ts';

/** Reads the provider's metadata, as every sign-in will. Throws what is wrong with it, and `interrupted` at ^C without waiting for it. */
export async function checkIssuer(issuer: string): Promise<void> {
  await interruptible(
    (interrupted) =>
      new Promise((resolve, reject) => {
        interrupted.addEventListener('abort', () =>
          reject(new DaypassError('interrupted', 'interrupted while the provider was asked')),
        );
        discover(issuer).then(resolve, reject);
      }),
  );
}
