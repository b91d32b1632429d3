import { closeSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRemote, obstacleToDesktop } from '../browser/desktop.ts';
import { type Opener, openerOf } from '../browser/opener.ts';
import { agentVariable, ciVariable } from '../browser/unattended.ts';
import { visibleTerminal } from '../browser/visible-terminal.ts';
import type { Context } from '../context.ts';
import { listenOnLoopback } from '../loopback/loopback-listener.ts';
import { removeFolder } from '../process/files.ts';
import { findProgram } from '../process/find-program.ts';
import { openLogFile } from '../process/log-file.ts';
import type { SessionReader } from '../session/state.ts';
import { ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import { portsOfSignIns } from '../state/port-lock.ts';
import { unset } from '../terminal/advice.ts';
import { printable } from '../terminal/printable.ts';
import { type Access, accessTo } from './access.ts';
import { type Finding, type Findings, note, ok, type Patient, warning, wrong } from './finding.ts';

/** Writes, reads and deletes a test value. Throws `keychain-…`. */
export async function keychain(context: Context, sessions: SessionReader): Promise<Finding> {
  if (context.settings.store === 'file')
    return note(
      'the session is stored in files (daypass_store = file), readable by anything that runs as your user',
    );
  await sessions.check(context);
  return ok('the keychain stores and returns a test value');
}

/** Creates and removes a folder in the state directory, and its parents. Throws `io`, `unsafe-directory`. */
export function folders({ env, home }: Patient): Finding[] {
  const state = stateDirectory(env, home);
  const missing = missingFolders(state);
  const unknown = new Set<string>();
  let access: Access;
  try {
    removeFolder(ensurePrivateFolder(state, `doctor.${process.pid}`, (_step, { path }) => unknown.add(path)));
    access = accessTo(state);
  } finally {
    for (const folder of missing) removeIfEmpty(folder);
  }
  return [
    accessFound(printable(state), access),
    ...[...unknown].map((path) => note(`this user namespace does not show who owns ${printable(path)}`)),
  ];
}

function accessFound(shown: string, { others, command }: Access): Finding {
  if (!others)
    return note(`${shown} is writable; who else has access to it cannot be checked here`, {
      advice: 'to see who has',
      command,
    });
  return others.length === 0
    ? ok(`${shown} is writable, and only you have access`)
    : warning(`${shown} is open to ${others.join(', ')}`, { command });
}

/** Returns the folders of a path that do not exist, the innermost first. */
function missingFolders(path: string): string[] {
  return existsSync(path) || dirname(path) === path ? [] : [path, ...missingFolders(dirname(path))];
}

/** Best effort: another daypass may use the folder by now. */
function removeIfEmpty(folder: string): void {
  try {
    removeFolder(folder);
  } catch {}
}

/** Checks the log file. A call does not fail because of its log, so no other command reports this. */
export function log({ settings: { log: path } }: Context): Findings {
  if (!path) return undefined;
  const shown = printable(path);
  try {
    const file = openLogFile(path);
    if (file !== undefined && file > 2) closeSync(file);
  } catch (error) {
    return warning(
      `${shown} ${(error as Error).message}, so daypass logs nothing`,
      'set daypass_log, DAYPASS_LOG or --log to a file of your own',
    );
  }
  return ok(`${shown} is writable`);
}

/** Reports how a person could sign in from here. */
export function browser({ settings, env }: Context): Finding {
  const login = { command: `daypass login ${settings.signInFlags}` };
  if (settings.nonInteractive)
    return note(
      'daypass may not open a browser (daypass_non_interactive): a call without a session fails',
      login,
    );
  if (settings.deviceCode) return ok('no browser is needed here: you enter a code on another device');
  if (settings.browser === 'none') return note('daypass prints the link (daypass_browser = none)');
  const opener = openerOf(settings.browser, env);
  const programs = programsOf(opener);
  const named = printable(programs.join(', '));
  const areMissing = programs.length > 0 && !programs.some((program) => findProgram(program, env));
  if (areMissing && settings.browser)
    return wrong(`cannot find the program ${named}`, 'correct daypass_browser');
  const ci = settings.browserGiven ? undefined : ciVariable(env);
  if (ci)
    return note(
      `${ci} is set, so daypass asks no person to sign in`,
      `sign in on a machine that a person uses, ${unset(ci)}, or name the program with --browser`,
    );
  const agent = agentVariable(env);
  if (agent && !visibleTerminal(env))
    return note(`${agent} is set, so only \`daypass login\` asks a person to sign in`, login);
  if (opener === 'desktop') return ok("the desktop's default browser opens the link");
  if (areMissing) return warning(`cannot find ${named}, which BROWSER names`, 'correct BROWSER');
  if (opener) return ok(`${named} opens the link${settings.browser ? '' : ' (BROWSER)'}`);
  if (isRemote(env))
    return note('this is a remote shell, and your browser cannot reach this machine', {
      advice: 'follow the instructions of the command',
      ...login,
    });
  const why = obstacleToDesktop(env);
  return visibleTerminal(env)
    ? note(`${why}, so daypass prints the link`, login)
    : warning(`${why}, and there is no terminal`, { advice: 'on a desktop or a terminal', ...login });
}

/** Returns the programs that may open the link, in order. */
function programsOf(opener: Opener | undefined): string[] {
  if (opener === undefined || opener === 'desktop') return [];
  return opener.commands.map((commandFor) => commandFor('http://127.0.0.1/')[0]);
}

/** Listens on the port to which the browser returns. Throws `port-busy`. */
export async function redirectPort({ settings, stateDirectory }: Context): Promise<Findings> {
  if (settings.deviceCode) return undefined;
  const { redirectHost: host, redirectPorts: ports } = settings;
  // Before the port is tried, since a sign-in that has ended keeps it for its page until another program asks.
  const held = await portsOfSignIns(stateDirectory, ports);
  try {
    const { port, close } = await listenOnLoopback({ host, ports }, (_request, response) => response.end());
    close();
    return ok(
      ports.length > 0 ? `port ${port} of ${host} is free` : `daypass may use any free port of ${host}`,
    );
  } catch (error) {
    if (held.length === 0) throw error;
    return note(
      `an open sign-in of daypass uses port ${held.join(', ')} of ${host}; the next one waits for its end`,
      'finish that sign-in in the browser, or end it with ^C where it was started',
    );
  }
}
