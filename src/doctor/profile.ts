import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ConfigEntry } from '../aws-config/config-file.ts';
import { profileRivals, rivalFault, rivalRemedy } from '../aws-config/rivals.ts';
import { spellingFaults } from '../aws-config/spelling.ts';
import { asDaypassError, systemCode } from '../errors.ts';
import { commandForms, parseArguments } from '../settings/arguments.ts';
import { printable } from '../terminal/printable.ts';
import { type Finding, note, ok, type Patient, warning, wrong } from './finding.ts';

/** Milliseconds for daypass to say its version, on a machine that is busy too. */
const patience = 10_000;

/** What no AWS client or not every one can read in either file, and who else can read a secret. */
export function configFile({ files: { config, credentials }, profile }: Patient): Finding[] {
  const code = 'config-file';
  const found = [config, credentials].flatMap(({ shown, refusals, faults }) => [
    ...refusals.map(({ line, text }) =>
      wrong(
        code,
        `line ${line}: ${text} (${shown}): the AWS CLI and boto3 refuse the whole file`,
        `correct it in ${shown}`,
      ),
    ),
    ...faults
      .filter((fault) => fault.profile !== profile && !refusals.some(({ line }) => line === fault.line))
      .map(({ line, text }) => warning(code, `line ${line}: ${text} (${shown})`, `correct it in ${shown}`)),
  ]);
  for (const { line, text } of spellingFaults(profile, config))
    found.push(warning(code, `line ${line}: ${text} (${config.shown})`, `correct it in ${config.shown}`));
  const secret = [...config.profiles.values()].some((keys) => keys.has('daypass_client_secret'));
  const mode = fileMode(config.path);
  if (secret && mode !== undefined && process.platform !== 'win32' && mode & 0o077)
    found.push(
      warning(
        code,
        `others may read ${config.shown}, and it has a client secret`,
        `run: chmod 600 ${config.shown}`,
      ),
    );
  return found.length > 0 ? found : [ok(code, `${config.shown} is read as AWS clients read it`)];
}

/** What AWS clients would take instead of what daypass gives. */
export function rivals(patient: Patient): Finding[] {
  const { files, env, profile } = patient;
  const code = 'rivals';
  const shown = { config: files.config.shown, credentials: files.credentials.shown };
  const found = profileRivals(profile, { ...files, env }, lineOf(patient)?.value).map((rival) => {
    const report = rival.place === 'environment' ? warning : wrong;
    return report(code, rivalFault(rival, shown), rivalRemedy(rival, profile, shown));
  });
  const other = env.AWS_DEFAULT_PROFILE;
  if (other && other !== profile)
    found.push(
      warning(
        code,
        `AWS_DEFAULT_PROFILE=${printable(other)}: where no profile is named by flag boto3 and C++ take that one, even before AWS_PROFILE, and the AWS CLI and CDK where AWS_PROFILE is not set`,
        process.platform === 'win32'
          ? 'remove AWS_DEFAULT_PROFILE from the environment'
          : 'unset AWS_DEFAULT_PROFILE',
      ),
    );
  return found.length > 0 ? found : [ok(code, 'nothing wins over daypass in any AWS client')];
}

/** The line that counts as ours; the judge of it is `processLine`. */
function lineOf({ files: { config, credentials }, profile }: Patient): ConfigEntry | undefined {
  const [own, other] = [config, credentials].map(({ profiles }) =>
    profiles.get(profile)?.get('credential_process'),
  );
  return own ?? other;
}

/** The line by which AWS clients run daypass, tried as a desktop or cron runs it: with nothing but a bare PATH. */
export async function processLine(patient: Patient): Promise<Finding[]> {
  const { files, env, home, profile } = patient;
  const code = 'credential-process';
  const configure = `run: daypass configure --profile ${profile}`;
  const entry = lineOf(patient);
  if (!entry)
    return [
      warning(
        code,
        'AWS clients do not run daypass for this profile: it has no credential_process',
        configure,
      ),
    ];
  const line = entry.value;
  if (!line) return [wrong(code, 'credential_process is empty, and the AWS CLI fails at it', configure)];
  if (/[^\w@%+=:,./\\ -]/.test(line))
    return [
      wrong(
        code,
        `credential_process has characters that AWS clients read differently: ${printable(line)}`,
        configure,
      ),
    ];
  const words = line.split(/ +/);
  const [program = ''] = words;
  if (!isAbsolute(program))
    return [
      wrong(
        code,
        `credential_process must begin with an absolute path, not ${printable(program)}`,
        configure,
      ),
    ];
  const first = words.findIndex((word) => word.startsWith('-') || Object.hasOwn(commandForms, word));
  const [command, args] = first < 0 ? [words, []] : [words.slice(0, first), words.slice(first)];
  const fault = (await saysItsVersion(command, env, home)) ?? argumentFault(args);
  if (fault) return [wrong(code, `credential_process ${fault}`, configure)];

  const found: Finding[] = [];
  // Clients do not say which profile they ask for, and minio-go runs no line without an argument.
  const named = parseArguments(args).flags.get('profile');
  if (named !== profile)
    found.push(
      warning(
        code,
        named === undefined
          ? 'credential_process names no profile: AWS_PROFILE, or else default, would be answered for'
          : `credential_process names profile ${printable(named)}`,
        `end it with --profile ${profile}`,
      ),
    );
  if (!files.config.profiles.get(profile)?.has('credential_process'))
    found.push(
      warning(
        code,
        `credential_process stands in ${files.credentials.shown} alone, where C++ and CRT do not look for it`,
        `move it to ${files.config.shown}`,
      ),
    );
  return found.length > 0 ? found : [ok(code, `AWS clients run ${program}`)];
}

/** Why daypass would print no credentials with these. */
function argumentFault(args: readonly string[]): string | undefined {
  try {
    const { command, help } = parseArguments(args);
    if (command === 'credential-process' && !help) return undefined;
    return `runs daypass ${help ? '--help' : command}, which prints no credentials for AWS clients`;
  } catch (error) {
    return `cannot be: ${asDaypassError(error).faults[0]}`;
  }
}

/** Why it does not, else undefined. */
async function saysItsVersion(
  words: string[],
  env: NodeJS.ProcessEnv,
  home: string,
): Promise<string | undefined> {
  const [program = '', ...args] = words;
  try {
    accessSync(program, constants.X_OK);
  } catch (error) {
    return `names ${printable(program)}, which cannot be run (${systemCode(error)})`;
  }
  const { SystemRoot } = env;
  const child = spawn(program, [...args, '--version'], {
    env: { HOME: home, PATH: '/usr/bin:/bin', ...(SystemRoot ? { SystemRoot } : {}) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return await new Promise((resolve) => {
    child.once('error', (error) => resolve(`cannot be run (${systemCode(error)})`));
    child.once('close', () => {
      if (/^daypass \d/.test(stdout)) return resolve(undefined);
      const said = printable((stderr || stdout).split('\n')[0] ?? '');
      resolve(`does not run daypass where PATH is /usr/bin:/bin${said ? `: ${said}` : ''}`);
    });
  });
}

function fileMode(path: string): number | undefined {
  try {
    return statSync(path).mode;
  } catch {
    return undefined;
  }
}

/** AWS clients take it from the profile itself or the environment, daypass from the role's partition if need be. */
export function region({ files: { config, credentials }, env, profile }: Patient): Finding[] {
  const code = 'region';
  const inFiles = [config, credentials].map(({ profiles }) => profiles.get(profile)?.get('region')?.value);
  const told = [env.AWS_REGION, env.AWS_DEFAULT_REGION, ...inFiles].find(Boolean);
  if (told) return [ok(code, `AWS clients use ${printable(told)}`)];
  return [
    note(code, 'AWS clients are told none by this profile', 'add "region = eu-west-1" or another to it'),
  ];
}

/** Short sessions make some AWS clients ask for new ones all the time. */
export function duration({ context }: Patient): Finding[] {
  if (!context) return [];
  const { duration: seconds } = context.settings;
  if (seconds >= 1800) return [ok('duration', `sessions of ${seconds} s`)];
  return [
    warning(
      'duration',
      `sessions of ${seconds} s: AWS CLI, boto3 and .NET run daypass for every request once 15 minutes are left`,
      'set daypass_duration = 3600 or more, and allow the role as much',
    ),
  ];
}

/** Seconds after which Go's SDK, and with it Terraform and rclone, kills what it runs; two are for our own words. */
const goKillsAfter = 60;

/** A call that waits longer is killed before it can say what it waited for. */
export function timeout({ context }: Patient): Finding[] {
  if (!context) return [];
  const { timeout: seconds } = context.settings;
  if (seconds <= goKillsAfter - 2) return [ok('timeout', `a call waits ${seconds} s for a sign-in`)];
  return [
    warning(
      'timeout',
      `a call waits ${seconds} s for a sign-in, but Go's SDK, Terraform and rclone end it after ${goKillsAfter} s`,
      'set daypass_timeout = 55, or sign in by daypass login, which waits to the end',
    ),
  ];
}

/** What leads AWS clients, and not daypass, elsewhere. */
export function endpointOverrides({ env, files: { config }, profile }: Patient): Finding[] {
  const code = 'endpoint-overrides';
  const keys = config.profiles.get(profile);
  const found = [
    ...['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'].filter((name) => env[name]),
    ...['endpoint_url', 'services'].flatMap((key) => {
      const entry = keys?.get(key);
      return entry?.value ? [`${key} (line ${entry.line} of ${config.shown})`] : [];
    }),
  ];
  if (found.length === 0) return [ok(code, 'none is set')];
  return [
    note(
      code,
      `${found.join(', ')} is set: AWS clients follow it, daypass does not, for it would send the ID token elsewhere`,
      'a private STS is named by daypass_sts_endpoint',
    ),
  ];
}

export function oldSdks({ env }: Patient): Finding[] {
  const code = 'old-sdks';
  if (env.AWS_SDK_LOAD_CONFIG) return [ok(code, 'AWS_SDK_LOAD_CONFIG is set: they read the config file too')];
  return [
    note(
      code,
      'programs with the old AWS SDKs for Go (v1) and JavaScript (v2) do not read the config file',
      'set AWS_SDK_LOAD_CONFIG=1 for them, or run them by daypass exec',
    ),
  ];
}
