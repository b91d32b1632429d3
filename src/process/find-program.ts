import { accessSync, constants, lstatSync } from 'node:fs';
import { join, resolve, win32 } from 'node:path';
import { windowsProgram } from './ask-system.ts';

/** The endings that Windows can start, the last two with cmd.exe. Other files need the program that opens them. */
const startable = ['.COM', '.EXE', '.BAT', '.CMD'];

/**
 * Returns the file that a command starts, or undefined if there is none. On Windows an ending of PATHEXT may be
 * missing, as in `cdk` for cdk.cmd, and the current directory is searched only if the name says so (`.\cdk`):
 * a downloaded file must not take the place of a program.
 */
export function findProgram(
  name: string,
  env: NodeJS.ProcessEnv,
  isWindows = process.platform === 'win32',
): string | undefined {
  const endings = isWindows ? windowsEndings(name, env) : [''];
  for (const folder of searchedFolders(name, env, isWindows)) {
    for (const ending of endings) {
      const path = folder === '' ? `${name}${ending}` : join(folder, `${name}${ending}`);
      if (isWindows ? isFile(path) : isExecutable(path)) return isWindows ? resolve(path) : path;
    }
  }
  return undefined;
}

/**
 * Returns the folders in which a command is searched: those of PATH, or '' for a path. On Windows PATH counts
 * without its quotes, and without folders that depend on the current directory.
 */
export function searchedFolders(
  name: string,
  env: NodeJS.ProcessEnv,
  isWindows = process.platform === 'win32',
): string[] {
  if ((isWindows ? /[\\/:]/ : /\//).test(name)) return [''];
  if (!isWindows) return (env.PATH ?? '').split(':');
  const folders = (env.PATH ?? '').split(';');
  return folders.map((folder) => folder.replaceAll('"', '')).filter((folder) => win32.isAbsolute(folder));
}

/** Only a known ending counts: Windows drops dots and blanks behind it, so `a.cmd.` is a batch file in disguise. */
function windowsEndings(name: string, env: NodeJS.ProcessEnv): string[] {
  const listed = (env.PATHEXT || startable.join(';')).toUpperCase().split(';');
  const endings = listed.filter((ending) => startable.includes(ending)).map((ending) => ending.toLowerCase());
  return startable.includes(win32.extname(name).toUpperCase()) ? ['', ...endings] : endings;
}

/** Uses lstat: stat cannot follow the links of the Microsoft Store, which Windows can start. */
function isFile(path: string): boolean {
  try {
    return !lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns the path of cmd.exe. Ignores ComSpec: another interpreter would have other rules for quotes. */
export function commandInterpreter(env: NodeJS.ProcessEnv): string {
  return windowsProgram('cmd.exe', env);
}
