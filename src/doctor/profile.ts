import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { systemCode } from '../errors.ts';
import { printable } from '../printable.ts';
import { profileRivals, rivalFault, rivalRemedy } from '../settings/profile-rivals.ts';
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
export function rivals({ files: { config, credentials }, env, profile }: Patient): Finding[] {
  const code = 'rivals';
  const shown = { config: config.shown, credentials: credentials.shown };
  const found = profileRivals(profile, { config, credentials, env }).map((rival) => {
    const report = rival.place === 'environment' ? warning : wrong;
    return report(code, rivalFault(rival, shown), rivalRemedy(rival, profile, shown));
  });
  return found.length > 0 ? found : [ok(code, 'nothing wins over daypass in any AWS client')];
}

/** The line by which AWS clients run daypass, tried as a desktop or cron runs it: with nothing but a bare PATH. */
export async function processLine({ files: { config }, env, home, profile }: Patient): Promise<Finding[]> {
  const code = 'credential-process';
  const line = config.profiles.get(profile)?.get('credential_process')?.value;
  const configure = `run: daypass configure --profile ${profile}`;
  if (!line)
    return [
      warning(
        code,
        'AWS clients do not run daypass for this profile: it has no credential_process',
        configure,
      ),
    ];
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
  const named = words[words.indexOf('--profile') + 1];
  const found: Finding[] = [];
  if (words.includes('--profile') ? named !== profile : profile !== 'default')
    found.push(
      warning(
        code,
        `credential_process names ${words.includes('--profile') ? `profile ${named}` : 'no profile'}`,
        `end it with --profile ${profile}`,
      ),
    );
  const fault = await saysItsVersion(
    words.slice(0, words.findIndex((word) => word.startsWith('--')) >>> 0),
    env,
    home,
  );
  if (fault) return [...found, wrong(code, `credential_process ${fault}`, configure)];
  return found.length > 0 ? found : [ok(code, `AWS clients run ${program}`)];
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

/** Short sessions make some AWS clients ask for new ones all the time. */
export function duration({ context }: Patient): Finding[] {
  if (!context || context.settings.duration >= 1800) return [];
  return [
    warning(
      'duration',
      `sessions of ${context.settings.duration} s: AWS CLI, boto3 and .NET run daypass for every request once 15 minutes are left`,
      'set daypass_duration = 3600 or more, and allow the role as much',
    ),
  ];
}

/** Variables of AWS clients that lead them, and not daypass, elsewhere. */
export function environment({ env }: Patient): Finding[] {
  const found: Finding[] = [];
  const endpoints = ['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL'].filter((name) => env[name]);
  if (endpoints.length > 0)
    found.push(
      note(
        'endpoint-overrides',
        `${endpoints.join(', ')} is set: AWS clients follow it, daypass does not, for it would send the ID token elsewhere`,
        'a private STS is named by daypass_sts_endpoint',
      ),
    );
  if (!env.AWS_SDK_LOAD_CONFIG)
    found.push(
      note(
        'old-sdks',
        'programs with the old AWS SDKs for Go (v1) and JavaScript (v2) do not read the config file',
        'set AWS_SDK_LOAD_CONFIG=1 for them, or run them by daypass exec',
      ),
    );
  return found;
}
