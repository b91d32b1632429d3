import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, extname, isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  awsCli,
  clientsThatMisread,
  type ProcessProgram,
  type ProcessWords,
  processWords,
  programOf,
  scriptOf,
  sdks,
} from '../aws-config/process-line.ts';
import { processLine } from '../aws-config/profiles.ts';
import { asDaypassError, systemCode } from '../errors.ts';
import { isBatchFile } from '../process/batch-file.ts';
import { findProgram } from '../process/find-program.ts';
import { shimTarget } from '../process/npm-shim.ts';
import { ownCommand } from '../process/program.ts';
import { type ProgramStart, programStart } from '../process/program-start.ts';
import { environmentOf } from '../process/variables.ts';
import { commandForms, parseArguments } from '../settings/arguments.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { type Finding, type Findings, ok, type Patient, warning, wrong } from './finding.ts';

/** The milliseconds that daypass has to print its version, on a busy machine too. */
const patience = 10_000;

/** Runs the line as AWS clients do, under cron or a desktop too: with a minimal PATH. */
export async function credentialProcess(patient: Patient): Promise<Findings> {
  const configure = { command: `daypass configure --profile ${shellWord(patient.profile)}` };
  const entry = processLine(patient.profile, patient.files);
  if (!entry)
    return warning('the profile has no credential_process, so AWS clients do not run daypass', configure);
  const fail = (fault: string) => wrong(`credential_process ${fault}`, configure);
  if (!entry.value) return fail('is empty, and the AWS CLI fails with it');
  const words = processWords(entry.value, patient.home);
  if (!words) return fail('has an open quotation mark, or ends in a backslash');
  const isCommand = (word: string) => Object.hasOwn(commandForms, word);
  const readings: Reading[] = [];
  for (const [clients, reading] of [
    [awsCli, words.split],
    [sdks, words.shell],
  ] as const) {
    const same = readings.find((other) => isDeepStrictEqual(other.words, reading));
    const program = reading && programOf(reading, patient.home, isCommand);
    const { fault, doubt } = same ?? (program ? await judge(program, patient) : unreadable(words));
    readings.push({ clients, words: reading, args: program?.args ?? [], fault, doubt });
  }
  const works = readings.filter(({ fault }) => fault === undefined);
  const [first] = works;
  // The line of another tool may hold a secret, so it is not quoted.
  if (!first) return fail(readings.find(({ fault }) => fault)?.fault ?? '');
  const failing = readings.filter(({ fault }) => fault !== undefined);
  const misread = clientsThatMisread(entry.value);
  const found = [
    ...failing.map(({ clients, fault }) => warning(`for ${clients}, credential_process ${fault}`, configure)),
    ...(misread.length > 0
      ? [warning(`some AWS clients do not run credential_process: ${misread.join(', ')}`, configure)]
      : []),
    ...(first.doubt ? [warning(`credential_process ${first.doubt}`, configure)] : []),
    ...otherProfile(first.args, patient),
    ...onlyInCredentialsFile(patient),
  ];
  return found.length > 0 ? found : ok(`AWS clients run ${printable(first.words?.[0] ?? '')}`);
}

/** How one kind of clients reads the line. */
interface Reading extends Verdict {
  clients: string;
  words: readonly string[] | undefined;
  args: readonly string[];
}

interface Verdict {
  /** Why the line never gives credentials. */
  fault?: string | undefined;
  /** Why the line gives credentials only in some places. */
  doubt?: string | undefined;
}

function unreadable({ active }: ProcessWords): Verdict {
  return { fault: `has characters that AWS clients read differently, such as ${printable(active ?? '')}` };
}

async function judge({ command, args }: ProcessProgram, patient: Patient): Promise<Verdict> {
  const verdict = await runCommand(command, patient);
  return verdict.fault ? verdict : { ...verdict, fault: argumentFault(args) };
}

const ourNames = /^daypass(\.cjs|\.cmd|\.exe)?$/i;

/**
 * Returns whether the words run daypass: as this call does, or by the name of the file or of the target of a
 * link. Another tool may print credentials, whatever its arguments are, so doctor does not start it.
 */
function runsDaypass(words: readonly string[], env: NodeJS.ProcessEnv): boolean {
  if (isDeepStrictEqual(words, ownCommand(env))) return true;
  const script = scriptOf(words);
  if (script === undefined) return false;
  return [script, realPath(script), shimTarget(script) ?? ''].some((path) => ourNames.test(basename(path)));
}

function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/** Returns whether the program prints the version of daypass, with a minimal PATH and with that of this call. */
async function runCommand(words: readonly string[], { env, home }: Patient): Promise<Verdict> {
  const [program = ''] = words;
  if (!runsDaypass(words, env)) return { fault: `does not run daypass, but ${printable(program)}` };
  const isPath = isAbsolute(program);
  const absolute = `must begin with an absolute path, not ${printable(program)}`;
  if (process.platform === 'win32') {
    const fault = await versionFault(words, windowsEnvironment(env));
    return { fault, doubt: isPath ? withoutEnding(program, env) : absolute };
  }
  try {
    if (isPath) accessSync(program, constants.X_OK);
  } catch (error) {
    return { fault: `names ${printable(program)}, which cannot be run (${systemCode(error)})` };
  }
  const { PATH } = env;
  const minimal = { HOME: home, PATH: '/usr/bin:/bin' };
  const fault = await versionFault(words, minimal);
  if (isPath && !fault) return {};
  const isFound = PATH !== undefined && !(await versionFault(words, { ...minimal, PATH }));
  if (!isFound) return { fault: isPath ? fault : absolute };
  return { doubt: isPath ? `runs only with your PATH: it ${fault}` : absolute };
}

/** Returns the doubt about a batch file without its ending, which cmd.exe adds. Windows itself adds only .exe. */
function withoutEnding(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const file = findProgram(program, env) ?? '';
  if (!isBatchFile(file) || isBatchFile(program)) return undefined;
  return `names ${printable(program)} without ${extname(file)}, which the AWS CLI and boto3 need`;
}

/**
 * Returns the variables that cmd.exe, a shim of npm and Node need to start. PATH is that of this call: programs that
 * no terminal started have it too, from the registry.
 */
function windowsEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const needed = /^(SystemRoot|SystemDrive|ComSpec|PATH|PATHEXT|TEMP|TMP|USERPROFILE)$/i;
  return environmentOf(Object.entries(env).filter(([name]) => needed.test(name)));
}

/** Returns why the words do not print the version of daypass, or undefined. */
async function versionFault(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const [program = '', ...args] = words;
  let start: ProgramStart;
  try {
    start = programStart(program, [...args, '--version'], env);
  } catch (error) {
    return `names ${printable(program)}, which cannot be run (${systemCode(error)})`;
  }
  const child = spawn(start.file, start.args, {
    ...start.options,
    env,
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
      const where = process.platform === 'win32' ? '' : ` if PATH is ${env.PATH}`;
      resolve(`does not run daypass${where}${said ? `: ${said}` : ''}`);
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
