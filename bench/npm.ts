import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs npm with the user's environment, which may name a proxy or a registry. Returns its stdout. */
export async function npm(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string> {
  const { stdout } = await execute('npm', args, {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 300_000,
  });
  return stdout;
}
