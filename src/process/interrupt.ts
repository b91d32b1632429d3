/** Does what ^C aborts; before and after it the process simply dies of ^C. */
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
