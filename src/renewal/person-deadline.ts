import { DaypassError, type Hint } from '../errors.ts';
import { deferred } from '../process/deferred.ts';
import { personPatience } from '../request/protocol.ts';

/** Starts the deadline of a sign-in. `putOff` restarts it for each caller that can reach a person. */
export function personDeadline(hint: () => Hint | undefined = () => undefined) {
  const passed = deferred<never>();
  passed.promise.catch(() => {});
  const timer = setTimeout(() => {
    const fault = 'the sign-in was not completed within 5 minutes';
    passed.reject(new DaypassError('sign-in-timeout', fault, { hint: hint() }));
  }, personPatience);
  return { passed: passed.promise, putOff: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}
