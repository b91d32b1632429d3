import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { personPatience } from '../request/protocol.ts';
import type { Settings } from '../settings/settings.ts';

/** Starts the deadline of a sign-in. `putOff` restarts it for each caller that can reach a person. */
export function personDeadline({ signInFlags }: Settings): {
  passed: Promise<never>;
  putOff(): void;
  stop(): void;
} {
  const passed = deferred<never>();
  passed.promise.catch(() => {});
  const timer = setTimeout(() => {
    passed.reject(
      new DaypassError('sign-in-timeout', 'the sign-in was not completed within 5 minutes', {
        hint: { command: `daypass login ${signInFlags}` },
      }),
    );
  }, personPatience);
  return { passed: passed.promise, putOff: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
