import type { DaypassError } from '../errors.ts';
import type { Failure } from '../state/outcome.ts';

/** The failure of a renewal, with the callers that it concerns (`scope`) and that must wait (`coolDown`). */
export class Failed extends Error implements Failure {
  readonly error: DaypassError;
  readonly scope: Failure['scope'];
  readonly coolDown: Failure['coolDown'];

  constructor(error: DaypassError, scope: Failure['scope'], coolDown?: Failure['coolDown']) {
    super(error.message);
    this.error = error;
    this.scope = scope;
    // The environment is that of one caller, so the next call tries again.
    this.coolDown = error.code === 'unsafe-environment' ? undefined : coolDown;
  }
}
