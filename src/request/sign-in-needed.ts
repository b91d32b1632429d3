import { DaypassError, type Hint } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';

/** Returns the error of a call that may not open a browser. `hint` replaces the advice to run `login`. */
export function signInNeeded(
  { profile, signInFlags }: Settings,
  hint: string | Hint = { command: `daypass login ${signInFlags}` },
): DaypassError {
  return new DaypassError(
    'sign-in-needed',
    `profile ${profile} has no session, and no browser may be opened here`,
    { hint },
  );
}
