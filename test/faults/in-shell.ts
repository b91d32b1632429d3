import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { later } from '../support/other-clock.ts';
import { testedProgram } from '../support/sandbox.ts';
import type { Call, FaultStage } from './fault.ts';

/** Runs a shell script in which `"$@"` is daypass. */
export async function inShell(
  { sandbox, hour }: FaultStage,
  script: string,
  input = '',
): Promise<Call & { signal: string | null }> {
  const child = spawn('sh', ['-c', script, 'sh', ...testedProgram.words, '--profile', 'developer'], {
    cwd: sandbox.home,
    env: { ...sandbox.env, ...(hour ? later(`+${hour}h`) : {}) },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => {}).end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}
