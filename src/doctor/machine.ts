import { accessSync, appendFileSync, constants, existsSync, rmdirSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { listenOnLoopback } from '../browser/loopback-listener.ts';
import { isCi, isRemote, presence } from '../browser/presence.ts';
import { systemCode } from '../errors.ts';
import { ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import { openStore } from '../store/open-store.ts';
import { printable } from '../terminal/printable.ts';
import { hasTerminal } from '../terminal/terminal.ts';
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

/** A folder is made in it and removed, and the directory with it if it was not there. Throws `io` and `unsafe-directory`. */
export function folders({ env, home }: Patient): Finding[] {
  const state = stateDirectory(env, home);
  const missing = missingFolders(state);
  try {
    rmdirSync(ensurePrivateFolder(state, `doctor.${process.pid}`));
  } finally {
    for (const folder of missing) removeIfEmpty(folder);
  }
  return [ok('state-directory', `${printable(state)} can be written to, and is yours alone`)];
}

/** The innermost first. */
function missingFolders(path: string): string[] {
  return existsSync(path) || dirname(path) === path ? [] : [path, ...missingFolders(dirname(path))];
}

/** Another daypass may have come to use it. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}

/** A call does not fail for its log, so nobody else would tell. */
export function log({ context }: Patient): Finding[] {
  const path = context?.settings.log;
  if (!path) return [];
  try {
    // It was made, if it could be, when this call was noted in it.
    appendFileSync(path, '', { mode: 0o600 });
  } catch (error) {
    const reason = systemCode(error) ?? 'unknown error';
    return [
      warning(
        'log',
        `${printable(path)} cannot be written (${reason}), so nothing is logged`,
        'name a file that you may write: daypass_log, DAYPASS_LOG or --log',
      ),
    ];
  }
  if (process.platform !== 'win32' && statSync(path).mode & 0o077)
    return [warning('log', `others may read ${printable(path)}`, `run: chmod 600 ${printable(path)}`)];
  return [ok('log', `${printable(path)} is written`)];
}

/** How a person could sign in from here. */
export function browser({ context, env }: Patient): Finding[] {
  if (!context) return [];
  const code = 'browser';
  const { settings } = context;
  const { desktop } = presence(settings, env);
  const login = `run: daypass login ${settings.signInFlags}`;
  if (settings.nonInteractive)
    return [
      note(code, 'none may be opened (daypass_non_interactive): a call without a session fails', login),
    ];
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
