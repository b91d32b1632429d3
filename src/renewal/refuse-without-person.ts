import { signInNeeded } from '../request/sign-in-needed.ts';
import type { RenewalContext } from './context.ts';
import { Failed } from './failed.ts';

/** From here on a person is needed: callers that allow none hear so at once, and where all of them are it ends. Throws Failed. */
export function refuseWithoutPerson({ settings, keys, waiters }: RenewalContext): void {
  const needed = signInNeeded(settings);
  if (!waiters.anyInteractive) throw new Failed(needed, 'no-browser', 'silent');
  waiters.refuseNonInteractive({
    ok: false,
    scope: 'no-browser',
    credentials: keys.credentials,
    error: needed.toReport(),
  });
}
