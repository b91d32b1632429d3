import type { AwsProfiles } from '../aws-config/profiles.ts';
import type { Context } from '../context.ts';
import { asDaypassError, exitCodes, type Hint } from '../errors.ts';

/** What a check reports. */
export interface Finding {
  /** Only if it is not that of the check. */
  code?: string;
  state: 'ok' | 'note' | 'warning' | 'error';
  finding: string;
  /** What to do about it. */
  remedy?: Hint | undefined;
  /** The exit code that daypass has for this error. */
  exitCode?: number;
}

/** One line of the result: a finding with its code. */
export type Report = Finding & { code: string };

/** What a check examines. */
export interface Patient {
  env: NodeJS.ProcessEnv;
  home: string;
  profile: string;
  files: AwsProfiles;
  /** Undefined if the settings are wrong; then only the checks run that need none. */
  context?: Context | undefined;
  /** The error of wrong settings. */
  fault?: unknown;
}

/** Examines one part. Returns undefined or an empty list if the part is not in use. */
export type Check = (patient: Patient) => Findings | Promise<Findings>;

export type Findings = Finding | Finding[] | undefined;

export function ok(finding: string): Finding {
  return { state: 'ok', finding };
}

export function note(finding: string, remedy?: string | Hint): Finding {
  return { state: 'note', finding, remedy: asHint(remedy) };
}

export function warning(finding: string, remedy?: string | Hint): Finding {
  return { state: 'warning', finding, remedy: asHint(remedy) };
}

export function wrong(finding: string, remedy: string | Hint): Finding {
  return { state: 'error', finding, remedy: asHint(remedy), exitCode: exitCodes['bad-configuration'] };
}

function asHint(remedy: string | Hint | undefined): Hint | undefined {
  return typeof remedy === 'string' ? { advice: remedy } : remedy;
}

/** Returns a finding for each fault of an error that a part of daypass threw. The last one has its hint. */
export function failed(thrown: unknown): Finding[] {
  const { faults, nextStep, exitCode } = asDaypassError(thrown);
  return faults.map((finding, index) => {
    const remedy = index === faults.length - 1 ? nextStep : undefined;
    return { state: 'error', finding, remedy, exitCode };
  });
}

/** Returns the findings of `check`, or those of the error that it throws. */
export async function examine(code: string, check: Check, patient: Patient): Promise<Report[]> {
  try {
    return [(await check(patient)) ?? []].flat().map((finding) => ({ code, ...finding }));
  } catch (error) {
    // The checks `tls` and `state-directory` report these, once for all connections and all files.
    const { code: fault } = asDaypassError(error);
    if (fault === 'unsafe-environment' || (fault === 'unsafe-directory' && code !== 'state-directory'))
      return [];
    return failed(error).map((finding) => ({ code, ...finding }));
  }
}

/** Returns a check that finds nothing if the settings are wrong. */
export function withSettings(check: (context: Context) => Findings | Promise<Findings>): Check {
  return ({ context }) => context && check(context);
}
