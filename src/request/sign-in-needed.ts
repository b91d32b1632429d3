import type { Presence } from '../browser/presence.ts';
import { DaypassError, type Hint } from '../errors.ts';
import type { Reason } from '../session/next-call.ts';
import { reasons } from '../session/summary.ts';
import type { Settings } from '../settings/settings.ts';

/** Returns the advice to run `login` with the flags of this call. */
export function loginHint({ signInFlags }: Settings): Hint {
  return { command: `daypass login ${signInFlags}` };
}

/** Returns the error of a call that may not open a browser. `hint` replaces the advice to run `login`. */
export function signInNeeded(
  settings: Settings,
  { reason = 'no-sign-in', hint = loginHint(settings) }: { reason?: Reason | undefined; hint?: Hint } = {},
): DaypassError {
  const { profile } = settings;
  const why =
    reason === 'no-sign-in'
      ? `profile ${profile} has no session`
      : `the sign-in of profile ${profile} has expired (${reasons[reason]})`;
  const fault = `${why}, and no browser may be opened here`;
  return new DaypassError('sign-in-needed', fault, { hint });
}

/** Adds why this caller may not ask a person, and what to do about it, which a renewal does not know. */
export function withObstacle(
  error: DaypassError,
  { obstacle, remedy }: Pick<Presence, 'obstacle' | 'remedy'>,
): DaypassError {
  if (error.code !== 'sign-in-needed' || !obstacle) return error;
  const faults = error.faults.map((fault, index) =>
    index === error.faults.length - 1 ? `${fault}: ${obstacle}` : fault,
  );
  return new DaypassError(error.code, faults, { hint: remedy ?? error.nextStep, cause: error });
}
