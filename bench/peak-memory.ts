import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '../test/support/sandbox.ts';
import { type Command, run } from './run.ts';

export const timeProgram = '/usr/bin/time';

/**
 * Returns the peak resident set of a command in kB, as the kernel counts it. GNU time is the parent because
 * it is small: a child starts as a copy of its parent, so the size of a large parent would be reported.
 */
export async function peakOfCommand(
  { program, args }: Command,
  env: Record<string, string>,
): Promise<number> {
  const report = join(env.HOME ?? '', 'peak-memory');
  await run({ program: timeProgram, args: ['-f', '%M', '-o', report, program, ...args] }, env);
  return Number(readFileSync(report, 'utf8').trim().split('\n').at(-1));
}

/**
 * Returns the peak resident set in kB of the renewal that `renew` causes. The renewal is detached, so its
 * high-water mark is read until it ends. The last reading may miss growth in the last milliseconds.
 */
export async function peakOfRenewal(sandbox: Sandbox, renew: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  let ended = false;
  const renewed = renew().finally(() => {
    ended = true;
  });
  while (!ended || sandbox.processes().length > 0) {
    for (const { pid, command } of sandbox.processes()) {
      if (/renewal(\.cjs)?$/.test(command)) peak = Math.max(peak, highWaterMark(pid));
    }
    await sleep(2);
  }
  await renewed;
  if (peak === 0) throw new Error('no renewal was seen');
  return peak;
}

function highWaterMark(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    // The process has just ended.
    return 0;
  }
}
