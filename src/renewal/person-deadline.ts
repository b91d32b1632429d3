import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import type { Settings } from '../settings/settings.ts';

/** A person gets this long after the last caller came that could show a link. */
const patience = 300_000;

/** Milliseconds to wait for a sign-in to the end: longer than it may stay open, so that its own end is what is told. */
export const toTheEnd = patience + 30_000;

/** The end of waiting for a person, which every caller with a person behind it puts off. */
export function personDeadline({ signInFlags }: Settings): {
  passed: Promise<never>;
  putOff(): void;
  stop(): void;
} {
  const passed = deferred<never>();
  passed.promise.catch(() => {});
  const timer = setTimeout(() => {
    passed.reject(
      new DaypassError('sign-in-timeout', 'nobody signed in within 5 minutes', {
        hint: `run: daypass login ${signInFlags}`,
      }),
    );
  }, patience);
  return { passed: passed.promise, putOff: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
