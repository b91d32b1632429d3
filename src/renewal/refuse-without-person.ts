import { signInNeeded } from '../request/sign-in-needed.ts';
import type { RenewalContext } from './context.ts';
import { Failed } from './failed.ts';

/** Ends the wait of callers that allow no browser. Throws Failed if there are no other callers. */
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
