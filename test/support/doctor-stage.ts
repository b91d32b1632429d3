// Runs `daypass doctor` on a stage that is open while the tests of the importing file run.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { findingCodes } from '../../src/commands/doctor.ts';
import type { Report } from '../../src/doctor/finding.ts';
import { daypassCommand } from './sandbox.ts';
import { openStage, type Stage, signInProgram } from './stage.ts';

/** A finding as `--json` prints it. */
export type Finding = Omit<Report, 'exitCode' | 'remedy'> & { remedy?: string };

export const line = `credential_process = ${daypassCommand} --profile developer\n`;

export let stage: Stage;
before(async () => {
  stage = await openStage({ keys: { daypass_browser: signInProgram } });
});
after(() => stage?.close());

export interface Change {
  /** Keys of the profile that begin with daypass_. */
  keys?: Record<string, string>;
  /** Text after the profile's keys. */
  more?: string;
  env?: Record<string, string>;
}

export function writeConfig({ keys = {}, more = line }: Change = {}): void {
  stage.sandbox.writeConfig(stage.config(keys) + more);
}

/** Runs doctor after the change, and returns its exit code and findings. */
export async function examined(change: Change = {}): Promise<{ code: number | null; checks: Finding[] }> {
  writeConfig(change);
  const result = await stage.daypass(['doctor', '--json'], change.env);
  const { version, profile, checks } = JSON.parse(result.stdout);
  assert.deepEqual([version, profile, result.stderr], [1, 'developer', '']);
  stage.assertNoLeak(result);
  for (const check of checks) assert.ok(findingCodes.includes(check.code), check.code);
  return { code: result.code, checks };
}

export function found(checks: readonly Finding[], code: string): Finding[] {
  assert.ok(findingCodes.includes(code), code);
  return checks.filter((check) => check.code === code);
}

/**
 * Asserts that the check reports this with a remedy, and that no other check reports an error. Returns the
 * exit code.
 */
export async function finds(
  change: Change,
  code: string,
  state: Finding['state'],
  finding: RegExp,
  remedy: RegExp,
): Promise<number | null> {
  const { code: exitCode, checks } = await examined(change);
  const own = found(checks, code).find((check) => check.state === state && finding.test(check.finding));
  assert.ok(own, `no ${state} ${code} that matches ${finding} in ${JSON.stringify(checks, null, 1)}`);
  assert.match(own.remedy ?? '', remedy);
  const errors = checks.filter((check) => check.state === 'error').map((check) => check.code);
  if (state === 'error') assert.ok(errors.every((error) => error === code) && exitCode, errors.join());
  else assert.deepEqual([errors, exitCode], [[], 0]);
  return exitCode;
}
