import type { AwsProfiles } from '../aws-config/profiles.ts';
import type { Context } from '../context.ts';
import { asDaypassError, type DaypassError, exitCodes } from '../errors.ts';

/** What is looked at, each under its own code, well or not, wherever there is something to look at. Scripts may rely on them. */
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

/** What one check came to. */
export interface Finding {
  code: FindingCode;
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

/** An error that a part of daypass met, a finding for each fault. */
export function failed(code: FindingCode, thrown: unknown): Finding[] {
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
  code: FindingCode,
  action: () => Promise<Finding[]> | Finding[],
): Promise<Finding[]> {
  try {
    return await action();
  } catch (error) {
    // The check `tls` reports an unsafe environment, once for all connections.
    return asDaypassError(error).code === 'unsafe-environment' ? [] : failed(code, error);
  }
}
