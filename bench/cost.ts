import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Command } from './run.ts';

/** The cost of one run, in milliseconds. */
export interface Cost {
  wall: number;
  /** The CPU time of all threads, and of the children that the process waited for. */
  cpu: number;
}

// The parent is a shell, because it is small: a child starts as a copy of its parent. The `time` of the shell
// reports the CPU time of one child in milliseconds, which neither Node nor /proc does.
const script = `TIMEFORMAT='%3U %3S'
exec 4>&2
began=$EPOCHREALTIME
{ time "$@" 2>&4 3>&- 4>&-; } 2>&3
code=$?
echo "$began $EPOCHREALTIME" >&3
exit $code`;

/** Runs a command to its end and returns its cost. Rejects unless it ends with exit code 0. */
export async function costOf({ program, args }: Command, env: Record<string, string>): Promise<Cost> {
  const child = spawn('/bin/bash', ['-c', script, 'bench', program, ...args], {
    env: { ...env, LC_ALL: 'C' },
    cwd: env.HOME,
    // A session of its own hides the user's terminal.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, , stderr, times] = child.stdio;
  child.stdout?.resume();
  const [[code], errors, figures] = await Promise.all([
    once(child, 'close'),
    text(stderr as NodeJS.ReadableStream & AsyncIterable<Buffer>),
    text(times as NodeJS.ReadableStream & AsyncIterable<Buffer>),
  ]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${errors}`);
  const [user = 0, system = 0, began = 0, ended = 0] = figures.trim().split(/\s+/).map(Number);
  return { wall: (ended - began) * 1000, cpu: (user + system) * 1000 };
}
