import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningProcess {
  pid: number;
  command: string;
}

/**
 * The running processes whose environment holds `entry` (`NAME=value`), however they detached themselves. Linux only;
 * elsewhere none is found.
 */
export function processesWith(entry: string): RunningProcess[] {
  if (process.platform !== 'linux') return [];
  const found: RunningProcess[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry)) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      found.push({ pid: Number(pid), command });
    } catch {
      // It ended meanwhile, or belongs to someone else.
    }
  }
  return found;
}

/** Kills the processes with `entry` in their environment, at once. */
export function killProcessesWith(entry: string): void {
  for (const { pid } of processesWith(entry)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

/**
 * Lets the processes with `entry` in their environment end by themselves for `graceMs`, then kills the others and names them.
 * It returns when none is left.
 */
export async function endProcessesWith(entry: string, graceMs: number): Promise<RunningProcess[]> {
  const deadline = Date.now() + graceMs;
  while (processesWith(entry).length > 0 && Date.now() < deadline) await sleep(25);
  const leftovers = processesWith(entry);
  while (processesWith(entry).length > 0) {
    killProcessesWith(entry);
    await sleep(10);
  }
  return leftovers;
}
