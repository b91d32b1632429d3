import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type RunningProcess, signalAll } from './processes.ts';
import { openStage, type Stage } from './stage.ts';
import { until } from './until.ts';

/** Opens a stage with a log. It closes with the test and then asserts that no secret leaked. */
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
  /** The time by the clock of this machine, not by that of the process. */
  at: number;
  /** The milliseconds since the process started. */
  after: number;
  pid: number;
  facts: Record<string, string>;
}

/** Returns the lines of the log with this step. */
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

/** Returns the running renewals. */
export function renewals({ sandbox }: Pick<Stage, 'sandbox'>): RunningProcess[] {
  return sandbox.processes().filter(({ command }) => /\/renewal\.cjs$|--daypass-part=renewal$/.test(command));
}

/** Waits until one renewal runs, as an earlier one may still be ending, and returns it. */
export async function onlyRenewal(stage: Pick<Stage, 'sandbox'>): Promise<RunningProcess> {
  await until(() => renewals(stage).length === 1, 'one renewal runs');
  return renewals(stage)[0] ?? assert.fail('the renewal has ended');
}

export function killRenewals(stage: Pick<Stage, 'sandbox'>): void {
  signalAll(renewals(stage), 'SIGKILL');
}
