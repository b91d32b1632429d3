import { DaypassError } from '../errors.ts';

/** Milliseconds. A renewal greets at once. A `logout`, and a caller that starts a renewal, say nothing. */
export const longestSilence = 30_000;

/** Returns the error of a lock whose holder says nothing, does not end, or cannot be reached. */
export function unanswered(owner: string, cause?: DaypassError): DaypassError {
  const fault = `another process holds the lock of ${owner} and does not answer`;
  return foreignHolder(cause ? [fault, ...cause.faults] : fault, cause);
}

/** Returns the error of a link that no renewal of this sign-in sends. */
export function foreignLink(owner: string): DaypassError {
  return foreignHolder(`the process that holds the lock of ${owner} sent a link that daypass does not open`);
}

function foreignHolder(faults: string | string[], cause?: DaypassError): DaypassError {
  const processes = 'if it keeps happening, end the other daypass processes of your user';
  return new DaypassError('renewal-running', faults, {
    hint: `try again in a few minutes; ${processes}`,
    cause,
  });
}
