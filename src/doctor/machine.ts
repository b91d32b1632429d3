import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { listenOnLoopback } from '../oidc/loopback-listener.ts';
import { isCi, isRemote, presence } from '../presence.ts';
import { printable } from '../printable.ts';
import { openStore } from '../session/open-store.ts';
import { assertPrivate, stateDirectory } from '../session/state-directory.ts';
import { hasTerminal } from '../terminal.ts';
import { type Finding, note, ok, type Patient, warning, wrong } from './finding.ts';

/** Something is written, read and deleted. */
export async function keychain({ context }: Patient): Promise<Finding[]> {
  if (!context) return [];
  const { settings, folder } = context;
  if (settings.store === 'file')
    return [
      note('keychain', 'sessions are kept in files (daypass_store = file), readable by whoever can be you'),
    ];
  const store = await openStore(settings, folder);
  try {
    await store.check();
    return [ok('keychain', 'keeps what it is given, and gives it back')];
  } finally {
    store.close();
  }
}

export function folders({ env, home, context }: Patient): Finding[] {
  const state = stateDirectory(env, home);
  if (existsSync(state)) assertPrivate(state);
  const found = [ok('state-directory', `${printable(state)} is yours alone`)];
  const log = context?.settings.log;
  if (log && process.platform !== 'win32' && existsSync(log) && statSync(log).mode & 0o077)
    found.push(warning('log', `others may read ${printable(log)}`, `run: chmod 600 ${printable(log)}`));
  return found;
}

/** How a person could sign in from here. */
export function browser({ context, env }: Patient): Finding[] {
  if (!context) return [];
  const code = 'browser';
  const { settings } = context;
  const { desktop } = presence(settings, env);
  if (settings.deviceCode) return [ok(code, 'none is needed: a code is typed in elsewhere')];
  if (settings.browser === 'none') return [note(code, 'the link is printed (daypass_browser = none)')];
  if (settings.browser) {
    const [program] = settings.browser;
    return [
      isProgram(program, env)
        ? ok(code, `${printable(program)} opens the link`)
        : wrong(code, `there is no program ${printable(program)}`, 'correct daypass_browser'),
    ];
  }
  if (desktop) return [ok(code, "the desktop's browser opens the link")];
  if (isCi(env))
    return [
      note(code, 'CI is set, so nobody is asked to sign in here', 'sign in where a person is, or unset CI'),
    ];
  const login = `run: daypass login ${settings.signInFlags}`;
  if (isRemote(env))
    return [
      note(
        code,
        'this is a remote shell, whose machine your browser cannot reach',
        `${login}, which says how`,
      ),
    ];
  return [
    hasTerminal()
      ? note(code, 'there is no desktop here: the link is printed', login)
      : warning(code, 'there is neither a desktop nor a terminal here', `on one of them, ${login}`),
  ];
}

function isProgram(program: string, env: NodeJS.ProcessEnv): boolean {
  const folders = isAbsolute(program) || program.includes('/') ? [''] : (env.PATH ?? '').split(delimiter);
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat'] : [''];
  return folders.some((folder) =>
    endings.some((ending) => {
      try {
        accessSync(join(folder, `${program}${ending}`), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

/** The port to which the browser comes back. Throws `port-busy`. */
export async function redirectPort({ context }: Patient): Promise<Finding[]> {
  if (!context || context.settings.deviceCode) return [];
  const { redirectHost: host, redirectPorts: ports } = context.settings;
  const { port, close } = await listenOnLoopback({ host, ports }, (_request, response) => response.end());
  close();
  return [
    ok('redirect-port', ports.length > 0 ? `port ${port} of ${host} is free` : `any port of ${host} will do`),
  ];
}
