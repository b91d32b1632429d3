/** Runs `action` so that ^C aborts its signal. Before and after it, ^C ends the process. */
export async function interruptible<Result>(
  action: (interrupted: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once('SIGINT', abort);
  try {
    return await action(controller.signal);
  } finally {
    process.off('SIGINT', abort);
  }
}
