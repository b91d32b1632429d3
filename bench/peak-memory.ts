import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '../test/support/sandbox.ts';
import { type Command, run } from './run.ts';

export const timeProgram = '/usr/bin/time';

/**
 * Peak resident set of a command in kB, as the kernel accounts it. GNU time is its parent because it is small: a child begins as
 * its parent's copy, so that under a large parent the parent's size would be reported.
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
 * Peak resident set in kB of the renewal that `renew` causes. It is detached and nobody's child, so its own high-water mark is
 * read until it is gone; the last reading may miss what its last few milliseconds add.
 */
export async function peakOfRenewal(sandbox: Sandbox, renew: () => Promise<void>): Promise<number> {
  let peak = 0;
  let ended = false;
  const renewed = renew().finally(() => {
    ended = true;
  });
  while (!ended || sandbox.processes().length > 0) {
    for (const { pid, command } of sandbox.processes()) {
      if (/renewal\.[cm]?js/.test(command)) peak = Math.max(peak, highWaterMark(pid));
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
    // It has just ended.
    return 0;
  }
}
