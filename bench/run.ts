import { spawn } from 'node:child_process';

export interface Command {
  program: string;
  args: readonly string[];
}

export interface Finished {
  /** The time from before the spawn until the process has ended and closed its output. */
  milliseconds: number;
  stdout: string;
}

/** Runs a command to its end. Rejects unless it ends with exit code 0. */
export function run({ program, args }: Command, env: Record<string, string>): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, {
      env,
      cwd: env.HOME,
      // A session of its own hides the user's terminal.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const milliseconds = performance.now() - start;
      if (code === 0) resolve({ milliseconds, stdout });
      else reject(new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}\n${stderr}`));
    });
  });
}
