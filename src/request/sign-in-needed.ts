import { DaypassError, type Hint } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';

/** What a call hears for which no browser may be opened; `hint` is the way out where that is not `login`. */
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
