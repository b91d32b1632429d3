/** Milliseconds. */
const longestRead = 20_000;
/** Milliseconds: a session that is saved at the last moment must still be found, and clients wait longer than `--timeout`. */
const shortestRead = 1000;

/**
 * Reads the keychain in this process, for a hit. A read that hangs would also hang a normal exit, since Node waits for its threads. So at
 * the deadline `onDeadline` prints the error, and the process ends itself with SIGKILL. `timeout` is that of the whole call, in seconds.
 */
export async function readInProcess<Result>(
  ask: () => Promise<Result>,
  timeout: number,
  onDeadline: () => void,
): Promise<Result> {
  const answer = ask();
  let waiting = true;
  // Set while the read runs in its own thread, so it costs nothing. It is never cleared, since that would cost time.
  setTimeout(
    () => {
      if (!waiting) return;
      try {
        onDeadline();
      } finally {
        process.kill(process.pid, 'SIGKILL');
      }
    },
    // Minus the age of the process: a read after a sign-in must not restart the timeout of the whole call.
    Math.min(longestRead, Math.max(shortestRead, (timeout - process.uptime()) * 1000)),
  ).unref();
  try {
    return await answer;
  } finally {
    waiting = false;
  }
}
