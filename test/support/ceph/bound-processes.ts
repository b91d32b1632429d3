import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** Programs that end no later than this process, however it ends. */
export interface BoundProcesses {
  /** Runs a program to its end. Throws where it fails. */
  run(program: string, ...args: string[]): Promise<void>;
  /** Starts a daemon in the foreground. */
  start(program: string, ...args: string[]): void;
  /** Throws, once a daemon has ended by itself. */
  assertAlive(): void;
  /** Kills all of them at once, and returns without waiting for their end. */
  kill(): void;
  /** Kills all of them and waits for their end. */
  end(): Promise<void>;
}

/** Linux kills the program as soon as this process ends, even where that was killed itself and ran no exit handler. */
const boundToUs = ['/usr/bin/setpriv', '--pdeathsig', 'KILL'];

/** Starts programs with `env` and nothing else in their environment; `signal` ends the waiting for those that run to their end. */
export function boundProcesses(env: Record<string, string>, signal: AbortSignal): BoundProcesses {
  const daemons: { program: string; child: ChildProcess }[] = [];
  const [setpriv = '', ...options] = boundToUs;
  const kill = () => {
    for (const { child } of daemons) child.kill('SIGKILL');
  };
  return {
    async run(program, ...args) {
      const words = [...options, program, ...args];
      await promisify(execFile)(setpriv, words, { env, signal, killSignal: 'SIGKILL' });
    },
    start(program, ...args) {
      const child = spawn(setpriv, [...options, program, ...args], { env, stdio: 'ignore' });
      daemons.push({ program, child });
    },
    assertAlive() {
      for (const { program, child } of daemons)
        if (hasEnded(child)) throw new Error(`${program} ended by itself with exit code ${child.exitCode}`);
    },
    kill,
    async end() {
      const running = daemons.filter(({ child }) => !hasEnded(child));
      const ends = running.map(({ child }) => once(child, 'exit'));
      kill();
      await Promise.all(ends);
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
