const tick = 500;

/**
 * As AbortSignal.timeout, but only time in which this process was awake counts. After a sleep Node runs the timers that are due before
 * it reads its sockets, so an ordinary deadline would throw away an answer that is there already, and with it a rotated refresh token.
 */
export function awakeTimeout(milliseconds: number): AbortSignal {
  const controller = new AbortController();
  let left = Math.ceil(milliseconds / tick);
  // However many ticks were slept through, an interval makes one of them.
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  }, tick).unref();
  return controller.signal;
}
