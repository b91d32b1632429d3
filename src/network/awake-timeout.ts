const tick = 500;

/**
 * Returns a signal like AbortSignal.timeout, but counts only the time in which this process was awake. After a sleep Node runs due
 * timers before it reads its sockets, so an ordinary deadline would drop an answer that has arrived, and a rotated refresh token with it.
 */
export function awakeTimeout(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  let left = Math.ceil(milliseconds / tick);
  // After a sleep an interval fires once, however many ticks have passed.
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  }, tick).unref();
  return controller.signal;
}
