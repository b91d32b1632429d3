import { readAwsProfiles } from '../aws-config/profiles.ts';
import { credentialProcess } from '../doctor/credential-process.ts';
import { examine, type Finding, ok, type Patient, type Report, withSettings } from '../doctor/finding.ts';
import { browser, folders, keychain, log, redirectPort } from '../doctor/machine.ts';
import { caBundle, extraCa, nodeOptions, provider, proxy, sts, tls } from '../doctor/network.ts';
import {
  configFile,
  duration,
  endpoints,
  issuer,
  oldSdks,
  region,
  rivals,
  timeout,
} from '../doctor/profile.ts';
import { session } from '../doctor/session.ts';
import { SessionReader } from '../session/state.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { withStores } from '../store/open-store.ts';
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

/** The check of each code. All run at the same time. */
const checks = {
  settings,
  'config-file': configFile,
  rivals,
  'credential-process': credentialProcess,
  region,
  issuer: withSettings(issuer),
  duration: withSettings(duration),
  timeout: withSettings(timeout),
  'endpoint-overrides': endpoints,
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

/** The codes of findings that a check with another code reports. */
const sideCodes = ['session', 'refresh-token', 'last-failure', 'device-code', 'pkce', 'revocation', 'clock'];

/** The code of every finding: scripts may rely on them. Each that applies is reported, faulty or not. */
export const findingCodes = [...Object.keys(checks), ...sideCodes];

/** Exit codes, the worst first. Any other code comes after these. */
const severity = [78, 65, 75, 69];

/** Runs every check and prints the findings. Returns the exit code of the worst error. */
export async function run({ switches, flags, surroundings, config, open }: Call): Promise<number> {
  const opened = openedOr(open);
  const profile = flags.get('profile') ?? (surroundings.env.AWS_PROFILE || 'default');
  const files = readAwsProfiles(surroundings, config());
  const patient: Patient = { ...surroundings, profile, files, ...opened };
  const examined = Object.entries(checks).map(([code, check]) => examine(code, check, patient));
  const findings = (await Promise.all(examined)).flat();
  for (const { code, state } of findings) patient.context?.log('found', { code, state });
  writeOut(switches.has('json') ? json(profile, findings) : text(profile, findings));
  const codes = findings.flatMap(({ exitCode }) => exitCode ?? []);
  return severity.find((code) => codes.includes(code)) ?? codes[0] ?? 0;
}

/** Returns the context, or the error of wrong settings. */
function openedOr(open: Call['open']): Pick<Patient, 'context' | 'fault'> {
  try {
    return { context: open() };
  } catch (fault) {
    return { fault };
  }
}

function settings({ context, fault }: Patient): Finding {
  if (!context) throw fault;
  const { issuer, roleArn } = context.settings;
  const role = parseRoleArn(roleArn);
  return ok(`role ${role?.name} in account ${role?.account}, provider ${issuer}`);
}

/** Reads the session only if the keychain works: its error would be the same. */
function keychainThenSession(patient: Patient): Promise<Report[]> {
  return withStores(async (stores) => {
    const sessions = new SessionReader(stores);
    const withSessions = (check: typeof keychain | typeof session) =>
      withSettings((context) => check(context, sessions));
    const found = await examine('keychain', withSessions(keychain), patient);
    if (found.some(({ state }) => state === 'error')) return found;
    return [...found, ...(await examine('session', withSessions(session), patient))];
  });
}

function json(profile: string, findings: readonly Report[]): string {
  const shown = findings.map(({ exitCode: _internal, ...finding }) => finding);
  return `${JSON.stringify({ version: 1, profile, checks: shown })}\n`;
}

function text(profile: string, findings: readonly Report[]): string {
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
function count(findings: readonly Report[], state: 'error' | 'warning'): string[] {
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
