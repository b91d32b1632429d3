import { DaypassError } from '../errors.ts';
import type { Outcome } from '../request/protocol.ts';
import type { Settings } from '../settings/settings.ts';

/** A renewal's failure, with whom it concerns (`scope`) and who must not try again at once (`rest`). */
export class Failed extends Error {
  readonly scope: Extract<Outcome, { ok: false }>['scope'];
  /** Who is told without another try for a while: everyone, or only who allows no browser; nobody if undefined. */
  readonly rest: 'everyone' | 'silent' | undefined;
  readonly error: DaypassError;

  constructor(error: DaypassError, scope: Failed['scope'], rest?: Failed['rest']) {
    super(error.message);
    this.error = error;
    this.scope = scope;
    // The environment is that of one caller, so the next call tries again.
    this.rest = error.code === 'unsafe-environment' ? undefined : rest;
  }
}

/** A sign-in that failed without a better hint can be tried again. */
export function withSignInHint(
  { code, faults, nextStep, cause }: DaypassError,
  { signInFlags }: Settings,
): DaypassError {
  return new DaypassError(code, faults, {
    hint: nextStep ?? { command: `daypass login ${signInFlags}` },
    cause,
  });
}
