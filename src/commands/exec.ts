import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { DaypassError, systemCode } from '../errors.ts';
import { searchedFolders } from '../process/find-program.ts';
import { callersEnvironment } from '../process/node-options.ts';
import { programStart } from '../process/program-start.ts';
import { obtainCredentials } from '../request/obtain-credentials.ts';
import {
  credentialVariables,
  keyVariables,
  regionVariables,
  rivalVariables,
} from '../shell/credential-variables.ts';
import { pathWord } from '../terminal/advice.ts';
import { writeError } from '../terminal/command-error.ts';
import { printable } from '../terminal/printable.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { isForeground } from '../terminal/terminal.ts';
import { chooseProfile, operandsOfExec } from './choose-profile.ts';
import type { Call } from './command.ts';
import { writeErrorAsJson } from './json.ts';

export const help = `daypass exec [--profile P] [--server] [--json] -- COMMAND [ARGUMENT...]

Runs a command with AWS credentials in its environment, for tools without
credential_process support. It gets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION, AWS_REGION and AWS_DEFAULT_REGION,
and no AWS_PROFILE. DAYPASS_SET_REGION tells daypass that the region is that of
this profile, and not one that you set. daypass passes signals on and ends with
the exit code of COMMAND (127: it does not exist, 126: it cannot be run).

  daypass exec --profile developer -- s5cmd ls
  daypass exec --profile developer -- nohup COMMAND
  daypass exec --profile developer --server -- terraform apply

The second one outlives its terminal: nohup has no effect before daypass.

  --server   give COMMAND no keys, but the address of an endpoint on this
             machine (AWS_CONTAINER_CREDENTIALS_FULL_URI, and its token). AWS
             SDKs ask it for credentials, which daypass renews, until COMMAND
             ends. Without it the credentials are not renewed.
  --json     print an error of daypass as one line of JSON on stderr; stdout is
             that of COMMAND (docs/json.md)
`;

/** Runs the command and returns its exit code. Throws a DaypassError if there are no credentials. */
export async function run(call: Call): Promise<number> {
  const { operands, open, surroundings, switches } = call;
  const [program, ...args] = operands;
  if (program === undefined) {
    const hint = { command: `daypass exec --profile P ${operandsOfExec}` };
    throw new DaypassError('usage', 'exec needs a command', { hint });
  }
  const context = open(await chooseProfile(call));
  const prepared = switches.has('server') ? await prepareServer(context) : undefined;
  const record = await obtainCredentials(context);
  const server = await prepared?.open();
  const env = callersEnvironment(surroundings.env);
  for (const name of [...rivalVariables, ...keyVariables]) delete env[name];
  const variables = server
    ? [...server.variables, ...regionVariables(context.settings, context.env)]
    : credentialVariables(record, context.settings, context.env);
  for (const [name, value] of variables) env[name] = value;
  let child: ChildProcess | undefined;
  const stop = passSignals(() => child);
  process.umask(surroundings.umask);
  try {
    const start = programStart(program, args, env);
    child = spawn(start.file, start.args, { ...start.options, stdio: 'inherit', env });
    // The files that a renewal for the endpoint makes are for this account alone.
    process.umask(0o077);
    context.log('command-started', { command: child.pid });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    context.log('command-ended', { code: code ?? undefined, signal: signal ?? undefined });
    await server?.close();
    stop();
    return signal === null ? (code ?? 0) : await dieOf(signal);
  } catch (error) {
    await server?.close();
    const { failure, exitCode } = startFailure(call, env, error);
    if (switches.has('json')) writeErrorAsJson(failure, { toStderr: true, exitCode });
    else writeError(failure);
    return exitCode;
  }
}

async function prepareServer(context: Context) {
  const { CommandServer } = await import('../server/command-server.ts');
  return new CommandServer(context);
}

/** Explains why the command did not start, with the exit code of shells: 127 for no such command, 126 if it cannot run. */
function startFailure({ operands, config }: Call, env: NodeJS.ProcessEnv, thrown: unknown) {
  if (thrown instanceof DaypassError) return { failure: thrown, exitCode: 126 };
  const [program = '', ...args] = operands;
  const { exitCode, fault, hint } = whyNotStarted(program, env, systemCode(thrown));
  const isProfile = args[0] === '--' && args.length > 1 && config().profiles.has(program);
  const named = `daypass exec --profile ${shellWord(program)} ${operandsOfExec}`;
  return {
    exitCode,
    failure: new DaypassError('usage', `"${printable(program)}": ${fault}`, {
      hint: isProfile ? { advice: 'name the profile with --profile', command: named } : hint,
    }),
  };
}

function whyNotStarted(program: string, env: NodeJS.ProcessEnv, reason = 'unknown error') {
  if (program === '') {
    const hint = 'give a command after --; a variable may be empty';
    return { exitCode: 127, fault: 'the name of the command is empty', hint };
  }
  if (reason !== 'ENOENT') {
    const hint = 'check that you may execute this program; try it without daypass';
    return { exitCode: 126, fault: `the command cannot be run (${reason})`, hint };
  }
  const found = searchedFolders(program, env)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
  if (found !== undefined && process.platform === 'win32') {
    const hint = 'put the program that runs such files before it (python FILE.py)';
    return { exitCode: 126, fault: 'the file is neither a program nor a batch file', hint };
  }
  if (found === undefined)
    return { exitCode: 127, fault: 'the command does not exist', hint: 'check its name and the PATH' };
  const advice = 'check the interpreter in its first line, or its loader';
  const hint = { advice, command: `file ${pathWord(found)}` };
  return { exitCode: 126, fault: 'the command exists, but its interpreter does not', hint };
}

/**
 * Passes signals to the command and keeps daypass alive until it ends; returns a function that stops this. A
 * terminal sends ^C and ^\ to the command itself, which must not receive them twice. In the foreground, `kill
 * -INT` looks the same as ^C; in the background no ^C arrives.
 */
function passSignals(command: () => ChildProcess | undefined): () => void {
  const typed: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
  const sent: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
  const listeners = [...sent, ...typed].map((signal) => {
    const listener = () => {
      if (!typed.includes(signal) || !isForeground()) command()?.kill(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}

/** Ends daypass by the signal that ended the command: a shell stops its script if a command died of ^C. */
async function dieOf(signal: NodeJS.Signals): Promise<number> {
  const core = /^SIG(QUIT|ILL|TRAP|ABRT|BUS|FPE|SEGV|SYS|XCPU|XFSZ)$/;
  // These signals would write the memory of daypass to the disk.
  if (!core.test(signal)) {
    process.kill(process.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return 128 + constants.signals[signal];
}
