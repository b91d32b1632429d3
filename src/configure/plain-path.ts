import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { win32 } from 'node:path';
import { isPlainPath } from '../aws-config/process-line.ts';
import { batchWord, interpreterOptions } from '../process/batch-file.ts';
import type { Place } from '../process/expand-path.ts';
import { commandInterpreter } from '../process/find-program.ts';
import { shellWord } from '../terminal/shell-word.ts';

// Paths of Windows that all AWS clients read alike: those of `C:\Program Files` and of `C:\Users\Jörg` have another
// name in letters, digits and `~`, unless the volume has no short names.

/** Milliseconds for cmd.exe, which a virus scanner may hold up. */
const patience = 10_000;

/** Returns another path of the same file that all AWS clients read alike, or undefined if there is none. */
export function plainPath(path: string, place: Place): string | undefined {
  const candidates = [() => path, () => shortPath(path, place.env), () => belowJunction(path, place)];
  for (const candidate of candidates) {
    const found = spelled(candidate() ?? '');
    if (isPlainPath(found, true) && isSameFile(found, path)) return found;
  }
  return undefined;
}

/** Returns the path with backslashes, and without `\n`: Windows ignores case, and Go's SDK reads a line break. */
export function spelled(path: string): string {
  return path.replaceAll('/', '\\').replaceAll('\\n', '\\N');
}

/**
 * Returns the path with the short (8.3) name of each folder that needs it. Only cmd.exe tells it without a library.
 * https://learn.microsoft.com/windows-server/administration/windows-commands/for
 */
function shortPath(path: string, env: NodeJS.ProcessEnv): string | undefined {
  const { stdout } = spawnSync(commandInterpreter(env), [...interpreterOptions, shortPathLine(path)], {
    argv0: 'cmd.exe',
    windowsVerbatimArguments: true,
    windowsHide: true,
    encoding: 'utf8',
    timeout: patience,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const short = stdout?.trim().split('\\') ?? [];
  const names = spelled(path).split('\\');
  if (short.length !== names.length) return undefined;
  // A letter that the code page of the console lacks arrives as another one, so `plainPath` compares the files.
  return names.map((name, at) => (at === 0 || /^[\w.~-]+$/.test(name) ? name : short[at])).join('\\');
}

/** Returns the line after `/c` that prints the short path. Quotes around the path are needed, also around a plain one. */
export function shortPathLine(path: string): string {
  const word = batchWord(path);
  return `"for %I in (${word.startsWith('"') ? word : `"${word}"`}) do @echo %~sI"`;
}

/** The folder in the home directory that a junction to the folder of this file has, if the person made one. */
function junctionFor(path: string, { home, env }: Place): string | undefined {
  const [stem = ''] = win32.basename(path).split('.');
  const plainHome = [home, shortPath(home, env) ?? ''].map(spelled).find((each) => isPlainPath(each, true));
  return plainHome && win32.join(plainHome, `link-to-${stem}`);
}

function belowJunction(path: string, place: Place): string | undefined {
  const junction = junctionFor(path, place);
  return junction && win32.join(junction, win32.basename(path));
}

/**
 * Returns how to give a file a plain path: a junction, which needs no right. It must be in a folder that other
 * users cannot change, and they can change all that is below `C:\`.
 */
export function junctionAdvice(paths: readonly string[], place: Place): string {
  const commands = paths.map((path) => {
    const folder = quotedFolder(win32.dirname(path));
    const junction = junctionFor(path, place);
    return junction && folder && `cmd /c mklink /J ${junction} ${folder}`;
  });
  if (commands.every(Boolean)) return `run: ${commands.join(', and: ')}`;
  return 'install it in a folder whose path has only letters, digits and - _ . or make a junction to its folder in such a path that other users cannot change (cmd /c mklink /J JUNCTION "FOLDER"), and run daypass by that path';
}

/** Returns a folder as a word for cmd.exe, started by cmd.exe or PowerShell; undefined if that is impossible. */
function quotedFolder(folder: string): string | undefined {
  // PowerShell passes quotes on only around a blank, and without them these are syntax for cmd.exe.
  if (/[&^,;=]/.test(folder) && !folder.includes(' ')) return undefined;
  return shellWord(folder, '', true) || undefined;
}

function isSameFile(path: string, other: string): boolean {
  try {
    const [one, two] = [path, other].map((each) => statSync(each, { bigint: true }));
    return one !== undefined && one.ino !== 0n && one.ino === two?.ino && one.dev === two.dev;
  } catch {
    return false;
  }
}
