import { DaypassError } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { personPatience } from '../request/protocol.ts';

/** Starts the deadline of a sign-in. `putOff` restarts it for each caller that can reach a person. */
export function personDeadline() {
  const passed = deferred<never>();
  passed.promise.catch(() => {});
  const timer = setTimeout(() => {
    passed.reject(new DaypassError('sign-in-timeout', 'the sign-in was not completed within 5 minutes'));
  }, personPatience);
  return { passed: passed.promise, putOff: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
