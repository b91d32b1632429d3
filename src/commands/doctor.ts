import { readAwsProfiles } from '../aws-config/profiles.ts';
import { presence } from '../browser/presence.ts';
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
  teamFile,
  timeout,
} from '../doctor/profile.ts';
import { reportText, worstFirst } from '../doctor/report-text.ts';
import { session } from '../doctor/session.ts';
import { variables } from '../doctor/variables.ts';
import { asDaypassError, hintText } from '../errors.ts';
import { SessionReader } from '../session/state.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { withStores } from '../store/open-store.ts';
import { writeOut } from '../terminal/terminal.ts';
import { chooseProfile } from './choose-profile.ts';
import type { Call } from './command.ts';

export const help = `daypass doctor [PROFILE] [--verbose | --json]

Checks every part that a sign-in needs and prints each problem with its remedy,
the worst first, and the next command: settings, the AWS config file, keys that
AWS clients would use instead of daypass, the credential_process line, keychain,
browser, redirect port, provider, STS, clock, proxy, certificates, and the
stored session. Opens no browser and changes nothing.

The exit code is 0 if there are at most warnings, otherwise that of the worst
error: 78 safety, 65 settings, 75 keychain or port, 69 network.

  --verbose   print the checks that passed too
  --json      print one line of JSON; docs/troubleshooting.md lists the codes,
              which are stable
`;

/** The check of each code. All run at the same time. */
const checks = {
  settings,
  variables,
  'config-file': configFile,
  'team-file': teamFile,
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

/** Runs every check and prints the findings. Returns the exit code of the worst error. */
export async function run(call: Call): Promise<number> {
  const { switches, flags, surroundings, config } = call;
  const opened = await openedOr(call);
  const named = flags.get('profile') ?? (surroundings.env.AWS_PROFILE || 'default');
  const profile = opened.context?.settings.profile ?? named;
  const files = readAwsProfiles(surroundings, config());
  const patient: Patient = { ...surroundings, profile, files, ...opened };
  const examined = Object.entries(checks).map(([code, check]) => examine(code, check, patient));
  const findings = (await Promise.all(examined)).flat();
  for (const { code, state } of findings) patient.context?.log('found', { code, state });
  const isVerbose = switches.has('verbose');
  writeOut(switches.has('json') ? json(profile, findings) : reportText(profile, findings, { isVerbose }));
  return worstFirst(findings)[0]?.exitCode ?? 0;
}

/** Returns the context, or the error of wrong settings. */
async function openedOr(call: Call): Promise<Pick<Patient, 'context' | 'fault'>> {
  try {
    return { context: call.open(await chooseProfile(call)) };
  } catch (fault) {
    if (asDaypassError(fault).code === 'interrupted') throw fault;
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
    const sessions = new SessionReader(stores, (settings) => presence(settings, patient.env).interactive);
    const withSessions = (check: typeof keychain | typeof session) =>
      withSettings((context) => check(context, sessions));
    const found = await examine('keychain', withSessions(keychain), patient);
    if (found.some(({ state }) => state === 'error')) return found;
    return [...found, ...(await examine('session', withSessions(session), patient))];
  });
}

/** Returns the object for `--json`, with each remedy as the one line that a terminal shows. */
function json(profile: string, findings: readonly Report[]): string {
  const checks = findings.map(({ exitCode: _internal, remedy, ...finding }) => ({
    ...finding,
    ...(remedy ? { remedy: hintText(remedy) } : {}),
  }));
  return `${JSON.stringify({ version: 1, profile, checks })}\n`;
}
