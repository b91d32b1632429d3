import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ConfigEntry } from '../aws-config/parse.ts';
import { asDaypassError, systemCode } from '../errors.ts';
import { ownCommand } from '../process/program.ts';
import { commandForms, parseArguments } from '../settings/arguments.ts';
import { printable } from '../terminal/printable.ts';
import { type Finding, type Findings, ok, type Patient, warning, wrong } from './finding.ts';

/** The milliseconds that daypass has to print its version, on a busy machine too. */
const patience = 10_000;

/** Returns the line of the profile, of the config file if both files have one. */
export function processLine({ files: { config, credentials }, profile }: Patient): ConfigEntry | undefined {
  const key = 'credential_process';
  return config.profiles.get(profile)?.get(key) ?? credentials.profiles.get(profile)?.get(key);
}

/** Runs the line as AWS clients do under cron or a desktop: with a minimal PATH. */
export async function credentialProcess(patient: Patient): Promise<Findings> {
  const configure = `run: daypass configure --profile ${patient.profile}`;
  const entry = processLine(patient);
  if (!entry)
    return warning('the profile has no credential_process, so AWS clients do not run daypass', configure);
  const words = entry.value.split(/ +/);
  const first = words.findIndex((word) => word.startsWith('-') || Object.hasOwn(commandForms, word));
  const [command, args] = first < 0 ? [words, []] : [words.slice(0, first), words.slice(first)];
  const fault = lineFault(entry.value) ?? (await programFault(command, patient)) ?? argumentFault(args);
  if (fault) return wrong(`credential_process ${fault}`, configure);
  const found = [...otherProfile(args, patient), ...onlyInCredentialsFile(patient)];
  return found.length > 0 ? found : ok(`AWS clients run ${words[0]}`);
}

/** Returns why AWS clients cannot read the line, or undefined. */
function lineFault(line: string): string | undefined {
  if (!line) return 'is empty, and the AWS CLI fails with it';
  // The line of another tool may hold a secret, so it is not quoted.
  const [odd] = /[^\w@%+=:,./\\ -]/.exec(line) ?? [];
  if (odd) return `has characters that AWS clients read differently, such as ${printable(odd)}`;
  const [program = ''] = line.split(/ +/);
  return isAbsolute(program) ? undefined : `must begin with an absolute path, not ${printable(program)}`;
}

/** The programs that may stand before daypass, as a path or as a name that one of them looks up. */
const interpreter = /^(node(js)?|env|(ba|da|z)?sh)(\.exe)?$/i;

const ourNames = /^daypass(\.cjs|\.cmd|\.exe)?$/i;

/**
 * Returns whether the words run daypass: as this call does, or by the name of the file or of the target of a
 * link. Another tool may print credentials, whatever its arguments are, so doctor does not start it.
 */
function runsDaypass(words: readonly string[], env: NodeJS.ProcessEnv): boolean {
  if (words.join(' ') === ownCommand(env).join(' ')) return true;
  const script = words.at(-1) ?? '';
  const before = words.slice(0, -1).every((word) => interpreter.test(fileName(word)));
  return before && (ourNames.test(fileName(script)) || ourNames.test(fileName(realPath(script))));
}

/** Returns the last part of a path, of Windows too. */
const fileName = (path: string) => path.split(/[\\/]/).at(-1) ?? '';

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Returns why the program does not print the version of daypass, or undefined. */
async function programFault(words: string[], { env, home }: Patient): Promise<string | undefined> {
  const [program = '', ...args] = words;
  if (!runsDaypass(words, env)) return `does not run daypass, but ${printable(program)}`;
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
      // Never stdout: credentials go there.
      const said = printable(stderr.split('\n')[0] ?? '');
      resolve(`does not run daypass if PATH is /usr/bin:/bin${said ? `: ${said}` : ''}`);
    });
  });
}

/** Returns why daypass would print no credentials with these arguments, or undefined. */
function argumentFault(args: readonly string[]): string | undefined {
  try {
    const { command, help } = parseArguments(args);
    if (command === 'credential-process' && !help) return undefined;
    return `runs daypass ${help ? '--help' : command}, which prints no credentials for AWS clients`;
  } catch (error) {
    return `has wrong arguments: ${asDaypassError(error).faults[0]}`;
  }
}

/** AWS clients do not tell daypass which profile they use, and minio-go runs no line without an argument. */
function otherProfile(args: readonly string[], { profile }: Patient): Finding[] {
  const named = parseArguments(args).flags.get('profile');
  if (named === profile) return [];
  const finding =
    named === undefined
      ? 'credential_process names no profile: daypass would use that of AWS_PROFILE, or default'
      : `credential_process names profile ${printable(named)}`;
  return [warning(finding, `end the line with --profile ${profile}`)];
}

function onlyInCredentialsFile({ files: { config, credentials }, profile }: Patient): Finding[] {
  if (config.profiles.get(profile)?.has('credential_process')) return [];
  const finding = `credential_process is only in ${credentials.shown}, which C++ and CRT do not search for it`;
  return [warning(finding, `move it to ${config.shown}`)];
}
