import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until the condition is true. Throws after `timeoutMs` (40,000) with the text `what`. */
export async function until(condition: () => boolean, what: string, timeoutMs = 40_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${timeoutMs} ms passed before ${what}`);
    await sleep(10);
  }
}
