import type { DaypassError } from '../errors.ts';
import type { Outcome } from './messages.ts';

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
    this.rest = rest;
  }
}
