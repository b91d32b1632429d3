import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningProcess {
  pid: number;
  command: string;
}

/**
 * Returns the running processes whose environment has `entry` (`NAME=value`), detached or not. It returns
 * none on systems other than Linux.
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
      // The process has ended, or belongs to another user.
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
      // The process has just ended.
    }
  }
}

/**
 * Waits `graceMs` for the processes with `entry` in their environment to end, then kills the others and
 * returns them.
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
