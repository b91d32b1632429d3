import { accessSync, appendFileSync, constants, existsSync, rmdirSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { listenOnLoopback } from '../browser/loopback-listener.ts';
import { isCi, isRemote, presence } from '../browser/presence.ts';
import { systemCode } from '../errors.ts';
import { ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import { withStore } from '../store/open-store.ts';
import { printable } from '../terminal/printable.ts';
import { hasTerminal } from '../terminal/terminal.ts';
import { type Finding, note, ok, type Patient, type SettledPatient, warning, wrong } from './finding.ts';
import { othersMayRead } from './others-may-read.ts';

/** Writes, reads and deletes a test value. Throws `keychain-…`. */
export async function keychain({ context: { settings, folder } }: SettledPatient): Promise<Finding> {
  if (settings.store === 'file')
    return note(
      'keychain',
      'the session is stored in files (daypass_store = file), readable by anything that runs as your user',
    );
  await withStore(settings, folder, (store) => store.check());
  return ok('keychain', 'the keychain stores and returns a test value');
}

/**
 * Creates a folder in the state directory and removes it, and every parent that did not exist. Throws `io`
 * and `unsafe-directory`.
 */
export function folders({ env, home }: Patient): Finding {
  const state = stateDirectory(env, home);
  const missing = missingFolders(state);
  try {
    rmdirSync(ensurePrivateFolder(state, `doctor.${process.pid}`));
  } finally {
    for (const folder of missing) removeIfEmpty(folder);
  }
  return ok('state-directory', `${printable(state)} is writable, and only you have access`);
}

/** Returns the folders of a path that do not exist, the innermost first. */
function missingFolders(path: string): string[] {
  return existsSync(path) || dirname(path) === path ? [] : [path, ...missingFolders(dirname(path))];
}

/** Best effort: another daypass may use the folder by now. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}

/** Checks the log file. A call does not fail because of its log, so no other command reports this. */
export function log({ context }: SettledPatient): Finding | undefined {
  const path = context.settings.log;
  if (!path) return undefined;
  const shown = printable(path);
  try {
    // This call has already created the file if it could.
    appendFileSync(path, '', { mode: 0o600 });
  } catch (error) {
    return warning(
      'log',
      `${shown} cannot be written (${systemCode(error) ?? 'unknown error'}), so daypass logs nothing`,
      'set daypass_log, DAYPASS_LOG or --log to a file that you may write',
    );
  }
  if (othersMayRead(path)) return warning('log', `other users may read ${shown}`, `run: chmod 600 ${shown}`);
  return ok('log', `${shown} is writable`);
}

/** Reports how a person could sign in from here. */
export function browser({ context: { settings }, env }: SettledPatient): Finding {
  const code = 'browser';
  const login = `run: daypass login ${settings.signInFlags}`;
  if (settings.nonInteractive)
    return note(
      code,
      'daypass may not open a browser (daypass_non_interactive): a call without a session fails',
      login,
    );
  if (settings.deviceCode) return ok(code, 'no browser is needed here: you enter a code on another device');
  if (settings.browser === 'none') return note(code, 'daypass prints the link (daypass_browser = none)');
  if (settings.browser) {
    const [program] = settings.browser;
    return isProgram(program, env)
      ? ok(code, `${printable(program)} opens the link`)
      : wrong(code, `cannot find the program ${printable(program)}`, 'correct daypass_browser');
  }
  if (presence(settings, env).desktop) return ok(code, "the desktop's default browser opens the link");
  if (isCi(env))
    return note(
      code,
      'CI is set, so daypass asks no person to sign in',
      'sign in on a machine that a person uses, or unset CI',
    );
  if (isRemote(env))
    return note(
      code,
      'this is a remote shell, and your browser cannot reach this machine',
      `${login}, and follow its instructions`,
    );
  return hasTerminal()
    ? note(code, 'there is no desktop here, so daypass prints the link', login)
    : warning(code, 'there is neither a desktop nor a terminal here', `on a desktop or a terminal, ${login}`);
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

/** Listens on the port to which the browser returns. Throws `port-busy`. */
export async function redirectPort({ context: { settings } }: SettledPatient): Promise<Finding | undefined> {
  if (settings.deviceCode) return undefined;
  const { redirectHost: host, redirectPorts: ports } = settings;
  const { port, close } = await listenOnLoopback({ host, ports }, (_request, response) => response.end());
  close();
  return ok(
    'redirect-port',
    ports.length > 0 ? `port ${port} of ${host} is free` : `daypass may use any free port of ${host}`,
  );
}
