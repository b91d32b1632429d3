/** Runs `action` so that ^C aborts its signal. Before and after it, ^C ends the process. */
export async function interruptible<T>(action: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  process.once('SIGINT', abort);
  try {
    return await action(controller.signal);
  } finally {
    process.off('SIGINT', abort);
  }
}
