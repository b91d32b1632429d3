import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openStage, type Stage } from './stage.ts';

/** A stage on which daypass logs what it does; it closes with the test, and what ran on it must have left no secret anywhere. */
export async function openStageFor(
  t: TestContext,
  options: Parameters<typeof openStage>[0] = {},
): Promise<Stage> {
  const stage = await openStage({ ...options, keys: { daypass_log: '~/daypass.log', ...options.keys } });
  t.after(async () => {
    stage.assertNoLeak();
    await stage.close();
  });
  return stage;
}

export interface LogLine {
  /** On this machine's clock, whatever clock the process has. */
  at: number;
  /** Milliseconds since the process began. */
  after: number;
  pid: number;
  facts: Record<string, string>;
}

/** The lines of the log that tell of this step. */
export function logged({ sandbox }: Pick<Stage, 'sandbox'>, step: string): LogLine[] {
  const path = join(sandbox.home, 'daypass.log');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.split('\n').flatMap((line) => {
    const [time = '', pid, , after = '', what, ...facts] = line.split(' ');
    if (what !== step) return [];
    return [
      {
        at: Date.parse(time),
        after: Number.parseInt(after, 10),
        pid: Number(pid),
        facts: Object.fromEntries(facts.map((fact) => fact.split('='))),
      },
    ];
  });
}

/** The renewals that run now. */
export function renewals({ sandbox }: Pick<Stage, 'sandbox'>): number[] {
  return sandbox
    .processes()
    .filter(({ command }) => /\/renewal\.cjs$/.test(command))
    .map(({ pid }) => pid);
}

export function killRenewals(stage: Pick<Stage, 'sandbox'>): void {
  for (const pid of renewals(stage)) process.kill(pid, 'SIGKILL');
}
