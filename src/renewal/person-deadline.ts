import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { personPatience } from '../request/protocol.ts';
import type { Settings } from '../settings/settings.ts';

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
        hint: { command: `daypass login ${signInFlags}` },
      }),
    );
  }, personPatience);
  return { passed: passed.promise, putOff: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
