const longestRead = 20_000;
/** So that what a sign-in brings in the last moment is still found; clients allow for more beyond `--timeout`. */
const shortestRead = 1000;

/**
 * Makes one call of the keychain in this very process, for the hit path. One that hangs would hang every ordinary way to exit as well (Node
 * waits for its thread), so when the deadline comes `onDeadline` tells the error and the process ends by a signal. `timeout` is that of
 * the whole call of daypass, in seconds.
 */
export async function atOnce<Result>(
  ask: () => Promise<Result>,
  timeout: number,
  onDeadline: () => void,
): Promise<Result> {
  const answer = ask();
  let waiting = true;
  // Set only now: the call runs in a thread of its own, and what this one does meanwhile costs nothing. It is not cleared, which would.
  setTimeout(
    () => {
      if (!waiting) return;
      try {
        onDeadline();
      } finally {
        process.kill(process.pid, 'SIGKILL');
      }
    },
    // The process's own age counts: a read after a sign-in must not begin the time of the whole call anew.
    Math.min(longestRead, Math.max(shortestRead, (timeout - process.uptime()) * 1000)),
  ).unref();
  try {
    return await answer;
  } finally {
    waiting = false;
  }
}
