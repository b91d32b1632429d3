import { readAwsProfiles } from '../aws-config/profiles.ts';
import type { Context } from '../context.ts';
import {
  attempt,
  type Check,
  type Finding,
  type FindingCode,
  failed,
  ok,
  type Patient,
} from '../doctor/finding.ts';
import { browser, folders, keychain, log, redirectPort } from '../doctor/machine.ts';
import { caBundle, extraCa, nodeOptions, provider, proxy, sts, tls } from '../doctor/network.ts';
import {
  configFile,
  duration,
  endpointOverrides,
  oldSdks,
  processLine,
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

Tries every part that a sign-in needs, and says what is wrong and what to do
about it: settings, the AWS config file, what AWS clients would take instead of
daypass, the credential_process line, keychain, browser, redirect port,
provider, STS, clock, proxy and certificates, and what is kept of the session.
Opens no browser and changes nothing.

Ends with 0 where there is no error (warnings are none), else with that of the
worst: 78 safety, 65 settings, 75 keychain or port, 69 network.

  --json   one line for programs; the codes stay as the README lists them
`;

/** By code; each is tried beside the others, but those that ask the keychain after one another. */
const checks: { [Code in FindingCode]?: Check } = {
  'config-file': configFile,
  rivals,
  'credential-process': processLine,
  region,
  duration,
  timeout,
  'endpoint-overrides': endpointOverrides,
  'old-sdks': oldSdks,
  'state-directory': folders,
  log,
  keychain: async (patient) => {
    const found = await attempt('keychain', () => keychain(patient));
    const usable = found.every(({ state }) => state !== 'error');
    return usable ? [...found, ...(await attempt('session', () => session(patient)))] : found;
  },
  browser,
  'redirect-port': redirectPort,
  tls,
  'ca-bundle': caBundle,
  'extra-ca': extraCa,
  proxy,
  'node-options': nodeOptions,
  provider,
  sts,
};

/** The worst first; whatever else a part of daypass may end with comes after them. */
const severity = [78, 65, 75, 69];

/** Gives the exit code of the worst error. */
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
    Object.entries(checks).map(([code, check]) => attempt(code as FindingCode, () => check(patient))),
  );
  const findings = [...settings, ...found.flat()];
  for (const { code, state } of findings) context?.log('found', { code, state });
  writeOut(
    switches.has('json')
      ? `${JSON.stringify({ version: 1, profile: patient.profile, checks: findings.map(reported) })}\n`
      : text(patient.profile, findings),
  );
  const codes = findings.flatMap(({ exitCode }) => exitCode ?? []);
  return severity.find((code) => codes.includes(code)) ?? codes[0] ?? 0;
}

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

function reported({ exitCode: _ours, ...finding }: Finding): Finding {
  return finding;
}

function text(profile: string, findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ code }) => code.length));
  const indent = 11 + width;
  const room = Math.max(40, (process.stdout.columns ?? Number.POSITIVE_INFINITY) - indent);
  const lines = findings.flatMap(({ code, state, finding, remedy }) => [
    `${state.padEnd(7)}  ${code.padEnd(width)}  ${wrapped(printable(finding), room).join(`\n${' '.repeat(indent)}`)}`,
    // In one piece, for a command in it is copied.
    ...(remedy ? [`         -> ${printable(remedy, longestHint)}`] : []),
  ]);
  const count = (state: Finding['state'], word: string) => {
    const number = findings.filter((finding) => finding.state === state).length;
    return number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`];
  };
  const sum = [...count('error', 'error'), ...count('warning', 'warning')].join(', ') || 'nothing is wrong';
  return `profile ${profile}\n\n${lines.join('\n')}\n\n${sum}\n`;
}

/** Lines of this many columns at most, where words allow it. */
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
