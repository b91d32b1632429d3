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
    const patience = new Promise((resolve) => setTimeout(resolve, grace).unref());
    await Promise.race([work.catch(() => {}), patience]);
    throw error;
  } finally {
    stop();
  }
}

/** `crashed` rejects with the next exception that no promise carries; until `stop` is called, such an exception ends nothing else. */
export function watchForCrash(): { crashed: Promise<never>; stop: () => void } {
  const { promise, reject } = deferred<never>();
  promise.catch(() => {});
  process.on('uncaughtException', reject);
  return { crashed: promise, stop: () => process.off('uncaughtException', reject) };
}
