import { join } from 'node:path';
import type { Context, Surroundings } from './context.ts';
import { credentialProcess } from './credential-process.ts';
import { asDaypassError, exitCodes } from './errors.ts';
import { homeDirectory } from './home-directory.ts';
import { wasInterrupted } from './interruption.ts';
import { openLog } from './log.ts';
import { sessionKeys } from './session/keys.ts';
import { stateDirectory } from './session/state-directory.ts';
import { type Arguments, parseArguments } from './settings/arguments.ts';
import { loadSettings } from './settings/settings.ts';
import { writeError, writeErrorToCaller } from './terminal.ts';

async function main(argv: readonly string[], process_: Omit<Surroundings, 'home'>): Promise<number> {
  let log = openLog(undefined, 'reader');
  let forClient = true;
  try {
    const args = parseArguments(argv);
    forClient = args.command === 'credential-process';
    if (args.help) return (await import('./commands/help.ts')).help();
    if (args.version) return (await import('./commands/version.ts')).version();
    const context = openContext(args, { ...process_, home: homeDirectory(process_.env) });
    log = context.log;
    log('called', { command: args.command, profile: context.settings.profile });
    const code = await run(args, context);
    log('ended', { code });
    return code;
  } catch (thrown) {
    if (wasInterrupted()) return 130;
    const error = asDaypassError(thrown);
    log('failed', { code: error.code });
    if (forClient) writeErrorToCaller(error);
    else writeError(error);
    return error.exitCode;
  }
}

function openContext({ command, flags }: Arguments, surroundings: Surroundings): Context {
  const { env, home } = surroundings;
  const settings = loadSettings({ flags, env, home });
  const keys = sessionKeys(settings);
  const state = stateDirectory(env, home);
  return {
    ...surroundings,
    settings,
    keys,
    stateDirectory: state,
    folder: join(state, keys.signIn),
    log: openLog(settings.log, command === 'credential-process' ? 'reader' : 'command'),
  };
}

async function run({ command, switches }: Arguments, context: Context): Promise<number> {
  switch (command) {
    case 'credential-process':
      return await credentialProcess(context);
    case 'login':
      return await (await import('./commands/login.ts')).login(context, { force: switches.has('force') });
    case 'logout':
      return await (await import('./commands/logout.ts')).logout(context);
    case 'status':
      return await (await import('./commands/status.ts')).status(context, { json: switches.has('json') });
  }
}

const ended = main(process.argv.slice(2), {
  env: process.env,
  umask: process.umask(0o077),
});
// Node's own warnings would be the only thing on stderr of a call that succeeds; they come later, and the keychain is being read.
process.removeAllListeners('warning');
// A wait that nothing will end must not look like a success.
process.exitCode = exitCodes.internal;
void ended.then((code) => process.exit(code));
