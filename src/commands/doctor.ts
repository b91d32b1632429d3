import { readAwsProfiles } from '../aws-config/profiles.ts';
import type { Context } from '../context.ts';
import { credentialProcess } from '../doctor/credential-process.ts';
import {
  type Check,
  examine,
  type Finding,
  type FindingCode,
  failed,
  ok,
  type Patient,
  withSettings,
} from '../doctor/finding.ts';
import { browser, folders, keychain, log, redirectPort } from '../doctor/machine.ts';
import { caBundle, extraCa, nodeOptions, provider, proxy, sts, tls } from '../doctor/network.ts';
import {
  configFile,
  duration,
  endpointOverrides,
  oldSdks,
  region,
  rivals,
  timeout,
} from '../doctor/profile.ts';
import { session } from '../doctor/session.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { longestHint, printable } from '../terminal/printable.ts';
import { writeOut } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass doctor [--profile P] [--json]

Checks every part that a sign-in needs and prints each problem with its remedy:
settings, the AWS config file, credentials that AWS clients would use instead of
daypass, the credential_process line, keychain, browser, redirect port,
provider, STS, clock, proxy, certificates, and the stored session.
Opens no browser and changes nothing.

The exit code is 0 if there are at most warnings, otherwise that of the worst
error: 78 safety, 65 settings, 75 keychain or port, 69 network.

  --json   print one line of JSON; the README lists the codes, which are stable
`;

/** The check of each code. All run at the same time, except that two keychain calls never do. */
const checks: { [Code in FindingCode]?: Check } = {
  'config-file': configFile,
  rivals,
  'credential-process': credentialProcess,
  region,
  duration: withSettings(duration),
  timeout: withSettings(timeout),
  'endpoint-overrides': endpointOverrides,
  'old-sdks': oldSdks,
  'state-directory': folders,
  log: withSettings(log),
  keychain: keychainThenSession,
  browser: withSettings(browser),
  'redirect-port': withSettings(redirectPort),
  tls,
  'ca-bundle': caBundle,
  'extra-ca': extraCa,
  proxy,
  'node-options': nodeOptions,
  provider: withSettings(provider),
  sts: withSettings(sts),
};

/** Exit codes, the worst first. Any other code comes after these. */
const severity = [78, 65, 75, 69];

/** Runs every check and prints the findings. Returns the exit code of the worst error. */
export async function run(call: Call): Promise<number> {
  const { switches, flags, surroundings } = call;
  const { env, home } = surroundings;
  const [context, settings] = openedOr(call);
  const patient: Patient = {
    env,
    home,
    profile: flags.get('profile') ?? (env.AWS_PROFILE || 'default'),
    files: readAwsProfiles(surroundings),
    context,
  };
  const found = await Promise.all(
    Object.entries(checks).map(([code, check]) => examine(code as FindingCode, check, patient)),
  );
  const findings = [...settings, ...found.flat()];
  for (const { code, state } of findings) context?.log('found', { code, state });
  writeOut(switches.has('json') ? json(patient.profile, findings) : text(patient.profile, findings));
  const codes = findings.flatMap(({ exitCode }) => exitCode ?? []);
  return severity.find((code) => codes.includes(code)) ?? codes[0] ?? 0;
}

/** Returns the context and a finding about its settings, or the faults of the settings. */
function openedOr({ open }: Call): [Context | undefined, Finding[]] {
  try {
    const context = open();
    const { issuer, roleArn } = context.settings;
    const role = parseRoleArn(roleArn);
    return [context, [ok('settings', `role ${role?.name} in account ${role?.account}, provider ${issuer}`)]];
  } catch (error) {
    return [undefined, failed('settings', error)];
  }
}

/** Reads the session only if the keychain works: its error would be the same. */
async function keychainThenSession(patient: Patient): Promise<Finding[]> {
  const found = await examine('keychain', withSettings(keychain), patient);
  if (found.some(({ state }) => state === 'error')) return found;
  return [...found, ...(await examine('session', withSettings(session), patient))];
}

function json(profile: string, findings: readonly Finding[]): string {
  const shown = findings.map(({ exitCode: _internal, ...finding }) => finding);
  return `${JSON.stringify({ version: 1, profile, checks: shown })}\n`;
}

function text(profile: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ code }) => code.length));
  const indent = 11 + width;
  const room = Math.max(40, (process.stdout.columns ?? Number.POSITIVE_INFINITY) - indent);
  const lines = findings.flatMap(({ code, state, finding, remedy }) => [
    `${state.padEnd(7)}  ${code.padEnd(width)}  ${wrapped(printable(finding), room).join(`\n${' '.repeat(indent)}`)}`,
    // Not wrapped, so that a command in it can be copied.
    ...(remedy ? [`         -> ${printable(remedy, longestHint)}`] : []),
  ]);
  const sum = [...count(findings, 'error'), ...count(findings, 'warning')].join(', ') || 'no problems found';
  return `profile ${profile}\n\n${lines.join('\n')}\n\n${sum}\n`;
}

/** Returns `2 errors`, for example, and nothing for none. */
function count(findings: readonly Finding[], state: 'error' | 'warning'): string[] {
  const number = findings.filter((finding) => finding.state === state).length;
  return number === 0 ? [] : [`${number} ${state}${number === 1 ? '' : 's'}`];
}

/** Splits a text at its spaces into lines of at most this many columns, if no word is longer. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
