import { join } from 'node:path';
import { type ReadConfigFile, readAwsConfigFile } from './aws-config/config-file.ts';
import type { Call } from './commands/command.ts';
import type { Context, Surroundings } from './context.ts';
import { credentialProcess, type PendingRead, tellUnresponsive } from './credential-process.ts';
import { asDaypassError, DaypassError } from './errors.ts';
import type { Invocation } from './known-call/known-call.ts';
import { rememberCall } from './known-call/remember-call.ts';
import { aboutProcess, type Log, logCrash, openLog } from './log.ts';
import { untilCrash } from './process/crash.ts';
import { homeDirectory } from './process/home-directory.ts';
import { sessionKeys } from './session/keys.ts';
import { type Arguments, jsonErrorPlace, parseArguments } from './settings/arguments.ts';
import { loadSettings } from './settings/settings.ts';
import { stateDirectory } from './state/directory.ts';
import { noteTold } from './state/told-error.ts';
import { writeError } from './terminal/command-error.ts';
import { unwritten, writeErrorToCaller, writeOut, writeTerminal } from './terminal/terminal.ts';

export { tellUnresponsive };

async function runCommand(call: Call): Promise<number> {
  const { loadCommand } = await import('./commands/load-command.ts');
  return await (await loadCommand(call.command)).run(call);
}

/** Reports that the line of a hit was not written, or not completely. Returns the exit code. */
export function endUnwritten(error: unknown): number {
  const failure = unwritten(error);
  if (!failure) return 1;
  writeErrorToCaller(failure);
  return failure.exitCode;
}

/** Does all but the hit of a known call, which may have begun a read. Returns the exit code. */
export async function main(invocation: Invocation, begun?: PendingRead): Promise<number> {
  const { argv, env } = invocation;
  const umask = process.umask(0o077);
  let log = openLog(undefined, 'reader');
  let logFile: string | undefined;
  let forClient = true;
  let logRequests: ((log: Log, env: NodeJS.ProcessEnv) => void) | undefined;
  let args: Arguments | undefined;
  try {
    args = parseArguments(argv);
    // Alone on a terminal, it answers a person. With --profile it prints the credentials, which checks a helper.
    const isAlone = argv.length === 0 && process.stdout.isTTY === true;
    forClient = args.command === 'credential-process' && !isAlone;
    if (args.help) {
      const { loadCommand } = await import('./commands/load-command.ts');
      writeOut((await loadCommand(args.command)).help);
      return 0;
    }
    const surroundings: Surroundings = { env, umask, home: homeDirectory(env) };
    const begin = (args: Arguments): Call => {
      let read: ReadConfigFile | undefined;
      const config = () => (read ??= readAwsConfigFile(surroundings));
      // Some commands load every profile, and then one or each of them again.
      const contexts = new Map<string | undefined, Context>();
      const look = (profile?: string) => {
        const context = contexts.get(profile) ?? openContext(args, surroundings, config(), profile);
        contexts.set(profile, context);
        return context;
      };
      const open = (name?: string) => {
        const context = look(name);
        const { profile, store } = context.settings;
        log = context.log;
        logFile = context.settings.log;
        log('called', { command: args.command, profile, store, ...(logFile ? aboutProcess() : {}) });
        // A command may open several profiles, each with a log of its own.
        logRequests?.((...line) => log(...line), surroundings.env);
        logRequests = undefined;
        return context;
      };
      const follow = (next: Arguments) => runCommand(begin(next));
      return { ...args, surroundings, config, look, open, follow };
    };
    const call = begin(args);
    if (forClient) {
      const context = call.open();
      const code = await untilCrash(credentialProcess(context, begun));
      log('ended', { code });
      if (code === 0 && !begun) tryToRemember(invocation, args, context);
      return code;
    }
    ({ logRequests } = await import('./network/request-log.ts'));
    const code = await untilCrash(runCommand(call));
    log('ended', { code });
    return code;
  } catch (thrown) {
    const error = withLogFile(asDaypassError(thrown), logFile);
    logCrash(log, error);
    log('failed', { code: error.code, fault: error.faults[0] });
    const place = jsonErrorPlace(argv, args);
    if (place) {
      const { writeErrorAsJson } = await import('./commands/json.ts');
      writeErrorAsJson(error, { toStderr: place === 'stderr' });
      return error.exitCode;
    }
    if (error.code === 'interrupted') return error.exitCode;
    if (forClient) writeErrorToCaller(error, (client, text) => isNewTo(client, text, env));
    else writeError(error);
    return error.exitCode;
  }
}

/** Returns whether the terminal has not yet shown this error of the client. Best effort: in doubt, true. */
function isNewTo(client: string, text: string, env: NodeJS.ProcessEnv): boolean {
  try {
    return noteTold(stateDirectory(env, homeDirectory(env)), client, text);
  } catch {
    return true;
  }
}

/** An unexpected exception is for a bug report, which wants the log. */
function withLogFile(error: DaypassError, logFile: string | undefined): DaypassError {
  if (error.code !== 'internal' || !logFile) return error;
  const { code, faults, cause, trace } = error;
  const hint = `attach ${logFile} to your bug report`;
  return Object.assign(new DaypassError(code, faults, { hint, cause }), { trace });
}

function openContext(
  { command, flags }: Arguments,
  surroundings: Surroundings,
  config: ReadConfigFile,
  profile?: string,
): Context {
  const { env, home } = surroundings;
  const given: typeof flags = profile === undefined ? flags : new Map([...flags, ['profile', profile]]);
  const settings = loadSettings({ flags: given, env, home, config });
  const keys = sessionKeys(settings);
  const state = stateDirectory(env, home);
  // `doctor` reports it as a finding.
  const tell = command === 'doctor' ? undefined : (remark: string) => writeTerminal(`daypass: ${remark}\n`);
  const log = openLog(settings.log, command === 'credential-process' ? 'reader' : 'command', tell);
  return { ...surroundings, settings, keys, stateDirectory: state, folder: join(state, keys.signIn), log };
}

function tryToRemember(...known: Parameters<typeof rememberCall>): void {
  try {
    rememberCall(...known);
  } catch {
    // The client already has its answer.
  }
}
