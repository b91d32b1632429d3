import type { Context } from '../context.ts';
import { asDaypassError, type DaypassError, exitCodes } from '../errors.ts';
import type { AwsProfiles } from '../settings/aws-profiles.ts';

/** What one check came to. */
export interface Finding {
  /** Of the check; scripts may rely on it. */
  code: string;
  state: 'ok' | 'note' | 'warning' | 'error';
  finding: string;
  /** What to do about it, mostly a command. */
  remedy?: string | undefined;
  /** Of an error: what daypass ends with. */
  exitCode?: number;
}

/** What is examined. */
export interface Patient {
  env: NodeJS.ProcessEnv;
  home: string;
  profile: string;
  files: AwsProfiles;
  /** Undefined where the settings are wrong; then only what does without them is looked at. */
  context: Context | undefined;
}

export type Check = (patient: Patient) => Promise<Finding[]> | Finding[];

export function ok(code: string, finding: string): Finding {
  return { code, state: 'ok', finding };
}

export function note(code: string, finding: string, remedy?: string): Finding {
  return { code, state: 'note', finding, remedy };
}

export function warning(code: string, finding: string, remedy?: string): Finding {
  return { code, state: 'warning', finding, remedy };
}

export function wrong(code: string, finding: string, remedy: string): Finding {
  return { code, state: 'error', finding, remedy, exitCode: exitCodes['bad-configuration'] };
}

/** An error that a part of daypass met, a finding for each fault. */
export function failed(code: string, thrown: unknown): Finding[] {
  const error: DaypassError = asDaypassError(thrown);
  return error.faults.map((finding, index) => ({
    code,
    state: 'error',
    finding,
    remedy: index === error.faults.length - 1 ? error.hint : undefined,
    exitCode: error.exitCode,
  }));
}

/** What `action` finds, or the error that it throws. */
export async function attempt(
  code: string,
  action: () => Promise<Finding[]> | Finding[],
): Promise<Finding[]> {
  try {
    return await action();
  } catch (error) {
    return failed(code, error);
  }
}
