import { deferred } from './deferred.ts';

/** Milliseconds that local work, such as the deletions of `logout`, has to finish after an exception. */
const grace = 5000;

/**
 * Waits for `work`. An exception that no promise carries, such as one thrown in an event listener, would end the process in the middle
 * of it: here the work has 5 s to finish first. Throws that exception, or what `work` throws.
 */
export async function untilCrash<T>(work: Promise<T>): Promise<T> {
  const { crashed, stop } = watchForCrash();
  try {
    return await Promise.race([work, crashed]);
  } catch (error) {
    // The timer keeps the process alive: without it Node would end here, with no error printed, if nothing else was left to do.
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, grace);
    });
    await Promise.race([work.catch(() => {}), patience]);
    clearTimeout(timer);
    throw error;
  } finally {
    stop();
  }
}

/**
 * `crashed` rejects with the next exception that no promise carries. Until `stop` is called, that exception reaches no other watcher and
 * ends nothing else.
 */
export function watchForCrash(): { crashed: Promise<never>; stop: () => void } {
  const { promise, reject } = deferred<never>();
  promise.catch(() => {});
  // A command and the reader are separate bundles, so they share the listeners of the process and no variable.
  const outer = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', reject);
  const stop = () => {
    process.off('uncaughtException', reject);
    for (const listener of outer) process.on('uncaughtException', listener);
  };
  return { crashed: promise, stop };
}
