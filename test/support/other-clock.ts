import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { signalAll } from './processes.ts';
import { libfaketime } from './system-packages.ts';

/** Returns the environment of a process whose clock differs, for example by '+3h' or '-1h'. */
export function later(offset: string): Record<string, string> {
  return { ...library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

export interface SettableClock {
  env: Record<string, string>;
  /** Sets the offset from the true time, for example '+10m'. A waiting process notices when it wakes up. */
  set(offset: string): void;
}

/**
 * Returns a clock that a test sets while processes run, with `timers` also for deadlines. The caller owns
 * `file`.
 */
export function settableClock(file: string, { timers = false } = {}): SettableClock {
  const set = (offset: string) => {
    // The file must be complete at any instant, because every call for the time reads it.
    writeFileSync(`${file}.new`, `${offset}\n`);
    renameSync(`${file}.new`, file);
  };
  set('+0');
  const wallClockAlone = timers ? {} : { FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  return {
    env: { ...library, ...wallClockAlone, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1' },
    set,
  };
}

/** Makes waiting processes read their clock: a stop ends the system call in which they wait. Some may have ended. */
export function wakeForClock(processes: readonly { pid: number }[]): void {
  signalAll(processes, 'SIGSTOP');
  signalAll(processes, 'SIGCONT');
}

const library = { LD_PRELOAD: libfaketime, FAKETIME_SHARED: await sharedMemory() };

/**
 * Starts a keeper that owns the shared memory of libfaketime. Otherwise each process creates one by its pid,
 * passes it to its children and deletes it at its end. A child that starts later, or a process that gets the
 * pid of a killed one, would then crash.
 */
async function sharedMemory(): Promise<string> {
  for (;;) {
    const keeper = spawn('cat', { env: { LD_PRELOAD: libfaketime, FAKETIME: '+0' }, stdio: 'pipe' });
    keeper.stdin.on('error', () => {}).write('ready\n');
    const [answer] = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')]);
    if (!Buffer.isBuffer(answer)) continue;
    keeper.unref();
    for (const pipe of [keeper.stdin, keeper.stdout, keeper.stderr])
      (pipe as unknown as Unreferenced).unref();
    return `/faketime_sem_${keeper.pid} /faketime_shm_${keeper.pid}`;
  }
}

interface Unreferenced {
  unref(): void;
}
