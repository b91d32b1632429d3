import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for what no event tells. Throws after `timeoutMs` (40,000), naming `what` did not come. */
export async function until(condition: () => boolean, what: string, timeoutMs = 40_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${timeoutMs} ms passed before ${what}`);
    await sleep(10);
  }
}
