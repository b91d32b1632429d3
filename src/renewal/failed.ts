import { DaypassError } from '../errors.ts';
import type { Outcome } from '../request/protocol.ts';
import type { Settings } from '../settings/settings.ts';

/** The failure of a renewal, with the callers that it concerns (`scope`) and that must wait (`coolDown`). */
export class Failed extends Error {
  readonly scope: Extract<Outcome, { ok: false }>['scope'];
  /** The callers that get this error without a new attempt: all, or only those that allow no browser. */
  readonly coolDown: 'everyone' | 'silent' | undefined;
  readonly error: DaypassError;

  constructor(error: DaypassError, scope: Failed['scope'], coolDown?: Failed['coolDown']) {
    super(error.message);
    this.error = error;
    this.scope = scope;
    // The environment is that of one caller, so the next call tries again.
    this.coolDown = error.code === 'unsafe-environment' ? undefined : coolDown;
  }
}

/** Adds the hint to run `login`, unless the error has a hint. */
export function withSignInHint(
  { code, faults, nextStep, cause }: DaypassError,
  { signInFlags }: Settings,
): DaypassError {
  return new DaypassError(code, faults, {
    hint: nextStep ?? { command: `daypass login ${signInFlags}` },
    cause,
  });
}
