import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningProcess {
  pid: number;
  name: string;
  command: string;
}

/** The name, as Linux shortens it, of a renewal that has ended and only answers tabs, for at most 30 s. */
const pageKeeper = 'daypass: page o';

/**
 * Returns the running processes whose environment has `entry` (`NAME=value`), detached or not, without those that
 * only keep the page of an ended sign-in. It returns none on systems other than Linux.
 */
export function processesWith(entry: string): RunningProcess[] {
  return allWith(entry).filter(({ name }) => name !== pageKeeper);
}

/** Returns the processes with `entry` in their environment that only keep the page of an ended sign-in. */
export function pageKeepersWith(entry: string): RunningProcess[] {
  return allWith(entry).filter(({ name }) => name === pageKeeper);
}

function allWith(entry: string): RunningProcess[] {
  return runningProcesses((folder) =>
    readFileSync(join(folder, 'environ'), 'latin1').split('\0').includes(entry),
  );
}

/** Returns the running processes whose folder in /proc `concerns` accepts; none on systems other than Linux. */
export function runningProcesses(concerns: (folder: string) => boolean): RunningProcess[] {
  if (process.platform !== 'linux') return [];
  const found: RunningProcess[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!concerns(`/proc/${pid}`)) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      found.push({ pid: Number(pid), name, command });
    } catch {
      // The process has ended, or belongs to another user.
    }
  }
  return found;
}

/** Kills the processes with `entry` in their environment, at once. */
export function killProcessesWith(entry: string): void {
  signalAll(allWith(entry), 'SIGKILL');
}

/** Sends a signal to each listed process, and returns those that got it. The others have ended since. */
export function signalAll<Listed extends { pid: number }>(
  processes: readonly Listed[],
  signal: NodeJS.Signals,
): Listed[] {
  return processes.filter(({ pid }) => {
    try {
      return process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
  });
}

/**
 * Waits `graceMs` for the processes with `entry` in their environment to end, then kills the others and
 * returns them. Those that keep a page are killed too, and not returned.
 */
export async function endProcessesWith(entry: string, graceMs: number): Promise<RunningProcess[]> {
  const deadline = Date.now() + graceMs;
  while (processesWith(entry).length > 0 && Date.now() < deadline) await sleep(25);
  const leftovers = processesWith(entry);
  while (allWith(entry).length > 0) {
    killProcessesWith(entry);
    await sleep(10);
  }
  return leftovers;
}
