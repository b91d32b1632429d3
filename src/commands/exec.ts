import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { DaypassError, systemCode } from '../errors.ts';
import { obtainCredentials } from '../request/obtain-credentials.ts';
import { credentialVariables, rivalVariables } from '../shell/credential-variables.ts';
import { printable } from '../terminal/printable.ts';
import { isForeground, writeError } from '../terminal/terminal.ts';
import type { Call } from './command.ts';

export const help = `daypass exec [--profile P] -- COMMAND [ARGUMENT...]

Runs a command with AWS credentials in its environment, for tools that know no
credential_process. It gets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION, AWS_REGION and AWS_DEFAULT_REGION,
and no AWS_PROFILE. Signals are passed on, and its exit code is that of daypass
(127: there is no such command, 126: it cannot be run).

Such credentials are not renewed while the command runs. For one that is to
outlive its terminal: daypass exec --profile P -- nohup COMMAND (the other way
round, nohup has no effect).
`;

/** Gives the command's exit code. Throws a DaypassError where it does not come to that. */
export async function run({ operands, open, surroundings }: Call): Promise<number> {
  const [program, ...args] = operands;
  if (program === undefined) {
    throw new DaypassError('usage', 'exec needs a command', {
      hint: { command: 'daypass exec --profile P -- COMMAND [ARGUMENT...]' },
    });
  }
  const context = open();
  const record = await obtainCredentials(context);
  const env: NodeJS.ProcessEnv = {
    ...surroundings.env,
    ...Object.fromEntries(credentialVariables(record, context.settings.region)),
  };
  for (const name of rivalVariables) delete env[name];
  let child: ChildProcess | undefined;
  const stop = passSignals(() => child);
  process.umask(surroundings.umask);
  try {
    child = spawn(program, args, { stdio: 'inherit', env });
    context.log('command-started', { command: child.pid });
    const { code, signal } = await ended(child);
    context.log('command-ended', { code: code ?? undefined, signal: signal ?? undefined });
    stop();
    return signal === null ? (code ?? 0) : await dieOf(signal);
  } catch (error) {
    const { fault, hint, code } = whyNot(program, env, systemCode(error));
    writeError(new DaypassError('usage', `"${printable(program)}": ${fault}`, { hint }));
    return code;
  }
}

/** As shells have it: 127 where nothing has that name, 126 where it cannot be run. */
function whyNot(program: string, { PATH = '' }: NodeJS.ProcessEnv, reason = 'unknown error') {
  if (program === '') {
    const hint = 'see what was to stand behind --; a variable may be empty';
    return { code: 127, fault: 'the name of the command is empty', hint };
  }
  if (reason !== 'ENOENT') {
    const hint = 'it must be a program that you may execute; try it without daypass';
    return { code: 126, fault: `it cannot be run (${reason})`, hint };
  }
  const folders = program.includes('/') ? [''] : PATH.split(delimiter);
  const found = folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
  if (found === undefined)
    return { code: 127, fault: 'there is no such command', hint: 'check its name and the PATH' };
  return {
    code: 126,
    fault: 'it is there, but what should run it is not',
    hint: `see the interpreter in its first line, or its loader: file ${printable(found)}`,
  };
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/**
 * ^C and ^\ of a terminal reach the command without us: it must not hear of them twice, and we must not end before it does. Who is in the
 * terminal's foreground cannot tell them from a `kill -INT`; elsewhere it can be nothing else.
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

/** A shell stops its script where a command died of ^C, so the same has to be seen of us. */
async function dieOf(signal: NodeJS.Signals): Promise<number> {
  const core = /^SIG(QUIT|ILL|TRAP|ABRT|BUS|FPE|SEGV|SYS|XCPU|XFSZ)$/;
  // Those would write our memory to the disk.
  if (!core.test(signal)) {
    process.kill(process.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return 128 + constants.signals[signal];
}
