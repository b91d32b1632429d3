import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { libfaketime } from './system-packages.ts';

/** The environment of a process whose clock is ahead, as in '+3h' or '-1h'. */
export function later(offset: string): Record<string, string> {
  return { ...library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

export interface SettableClock {
  env: Record<string, string>;
  /** As in '+10m', from the true time. A process that waits notices when something wakes it. */
  set(offset: string): void;
}

/** A clock that a test sets while processes run, with `timers` their deadlines too; `file` is kept by the caller. */
export function settableClock(file: string, { timers = false } = {}): SettableClock {
  const set = (offset: string) => {
    // Whole at any instant, for every question of the time reads it.
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

const library = { LD_PRELOAD: libfaketime, FAKETIME_SHARED: await sharedMemory() };

/**
 * A process under libfaketime makes shared memory that is called by its pid, hands it on to its children, and removes it at its end:
 * a child that starts after that dies at once, and so does a process that gets the pid of one that was killed. So a keeper makes
 * one for all of them, and goes when these tests go.
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
