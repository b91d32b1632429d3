import type { DaypassError } from '../errors.ts';
import type { RestScope } from './cool-down.ts';
import type { Outcome } from './messages.ts';

/** A renewal's failure with whom it concerns (`scope`) and what rests because of it (`rest`). */
export class Failed extends Error {
  readonly scope: Extract<Outcome, { ok: false }>['scope'];
  readonly rest: RestScope | undefined;
  readonly error: DaypassError;

  constructor(error: DaypassError, scope: Failed['scope'], rest?: RestScope) {
    super(error.message);
    this.error = error;
    this.scope = scope;
    this.rest = rest;
  }
}
