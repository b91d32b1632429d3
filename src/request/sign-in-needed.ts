import { DaypassError, type Hint } from '../errors.ts';
import type { Settings } from '../settings/settings.ts';

/** Returns the advice to run `login` with the flags of this call. */
export function loginHint({ signInFlags }: Settings): Hint {
  return { command: `daypass login ${signInFlags}` };
}

/** Returns the error of a call that may not open a browser. `hint` replaces the advice to run `login`. */
export function signInNeeded(settings: Settings, hint = loginHint(settings)): DaypassError {
  const fault = `profile ${settings.profile} has no session, and no browser may be opened here`;
  return new DaypassError('sign-in-needed', fault, { hint });
}

/** Adds why this caller may not ask a person, which a renewal does not know. */
export function withObstacle(error: DaypassError, obstacle: string | undefined): DaypassError {
  if (error.code !== 'sign-in-needed' || !obstacle) return error;
  const faults = error.faults.map((fault, index) =>
    index === error.faults.length - 1 ? `${fault}: ${obstacle}` : fault,
  );
  return new DaypassError(error.code, faults, { hint: error.nextStep, cause: error });
}
