import { DaypassError } from '../errors.ts';
import { type Discovered, discover } from '../oidc/discovery.ts';
import type { UncheckedMetadata } from '../oidc/known-providers.ts';
import { interruptible } from '../process/interrupt.ts';
import type { ClientSettings } from '../settings/settings.ts';

/** What the provider answers. */
export type Answered = Pick<Discovered, 'clockAhead'> & { metadata: UncheckedMetadata };

/**
 * Reads the metadata as a sign-in does. Throws the errors of `discover`, and `interrupted` at
 * once at ^C.
 */
export async function checkIssuer(settings: Pick<ClientSettings, 'issuer' | 'caBundle'>): Promise<Answered> {
  return interruptible(
    (interrupted) =>
      new Promise((resolve, reject) => {
        interrupted.addEventListener('abort', () =>
          reject(new DaypassError('interrupted', 'interrupted during the request to the provider')),
        );
        discover(settings).then(
          ({ metadata, clockAhead }) => resolve({ metadata: { ...metadata }, clockAhead }),
          reject,
        );
      }),
  );
}
