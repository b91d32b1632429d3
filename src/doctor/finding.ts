import type { AwsProfiles } from '../aws-config/profiles.ts';
import type { Context } from '../context.ts';
import { asDaypassError, exitCodes } from '../errors.ts';

/**
 * Lists the code of every check. Each code that applies is reported, with or without a fault. Scripts may
 * rely on the codes.
 */
export const findingCodes = [
  'settings',
  'config-file',
  'rivals',
  'credential-process',
  'region',
  'duration',
  'timeout',
  'endpoint-overrides',
  'old-sdks',
  'state-directory',
  'log',
  'keychain',
  'session',
  'refresh-token',
  'last-failure',
  'browser',
  'redirect-port',
  'tls',
  'ca-bundle',
  'extra-ca',
  'proxy',
  'node-options',
  'provider',
  'device-code',
  'pkce',
  'revocation',
  'sts',
  'clock',
] as const;

export type FindingCode = (typeof findingCodes)[number];

/** One line of the result. */
export interface Finding {
  code: FindingCode;
  state: 'ok' | 'note' | 'warning' | 'error';
  finding: string;
  /** Says what to do about it, mostly as a command. */
  remedy?: string | undefined;
  /** The exit code that daypass has for this error. */
  exitCode?: number;
}

/** What a check examines. */
export interface Patient {
  env: NodeJS.ProcessEnv;
  home: string;
  profile: string;
  files: AwsProfiles;
  /** Undefined if the settings are wrong; then only the checks run that need none. */
  context: Context | undefined;
}

/** A patient whose settings are right. */
export type SettledPatient = Patient & { context: Context };

/** Examines one part. Returns undefined or no findings if the part is not in use. */
export type Check<Examined = Patient> = (patient: Examined) => Findings | Promise<Findings>;

type Findings = Finding | Finding[] | undefined;

export function ok(code: FindingCode, finding: string): Finding {
  return { code, state: 'ok', finding };
}

export function note(code: FindingCode, finding: string, remedy?: string): Finding {
  return { code, state: 'note', finding, remedy };
}

export function warning(code: FindingCode, finding: string, remedy?: string): Finding {
  return { code, state: 'warning', finding, remedy };
}

export function wrong(code: FindingCode, finding: string, remedy: string): Finding {
  return { code, state: 'error', finding, remedy, exitCode: exitCodes['bad-configuration'] };
}

/** Returns a finding for each fault of an error that a part of daypass threw. */
export function failed(code: FindingCode, thrown: unknown): Finding[] {
  const error = asDaypassError(thrown);
  return error.faults.map((finding, index) => ({
    code,
    state: 'error',
    finding,
    remedy: index === error.faults.length - 1 ? error.hint : undefined,
    exitCode: error.exitCode,
  }));
}

/** Returns the findings of `check`, or those of the error that it throws. */
export async function examine(code: FindingCode, check: Check, patient: Patient): Promise<Finding[]> {
  try {
    return [(await check(patient)) ?? []].flat();
  } catch (error) {
    // The check `tls` reports an unsafe environment, once for all connections.
    return asDaypassError(error).code === 'unsafe-environment' ? [] : failed(code, error);
  }
}

/** Returns a check that finds nothing if the settings are wrong. */
export function withSettings(check: Check<SettledPatient>): Check {
  return (patient) => {
    const { context } = patient;
    return context && check({ ...patient, context });
  };
}
