import {
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isPlainPath } from '../aws-config/process-line.ts';
import { asDaypassError, DaypassError, systemCode } from '../errors.ts';
import { fileError, makeFolders } from '../process/files.ts';
import { assertAncestors } from '../state/ancestors.ts';
import { printable } from '../terminal/printable.ts';
import { singleQuoted } from '../terminal/shell-word.ts';

/** A file in ~/.local/bin that starts daypass, by a path that all AWS clients read alike. */
export interface CommandLink {
  path: string;
  /** The path as messages show it. */
  shown: string;
  isThere: boolean;
  /** The target of a symbolic link, or the text of a script. */
  content: { target: string } | { script: string };
}

const noError = { throwIfNoEntry: false } as const;

/** Returns the link for a command, or the reason why there can be none. Writes nothing. */
export function findCommandLink(
  command: readonly string[],
  { env, home }: { env: NodeJS.ProcessEnv; home: string },
): CommandLink | string {
  const path = join(home, '.local/bin/daypass');
  const shown = '~/.local/bin/daypass';
  if (!isPlainPath(path)) return `the path of ${shown} has special characters too`;
  try {
    const isDangling = (folder: string) => lstatSync(folder, noError) && !statSync(folder, noError);
    if ([dirname(dirname(path)), dirname(path)].some(isDangling))
      return `${shown} cannot be made: a folder of it is a link to nothing`;
    if (statSync(home).uid !== process.getuid?.()) return `${printable(home)} belongs to another user`;
    assertAncestors(dirname(path));
    const content = contentOf(command, env);
    if (!lstatSync(path, noError)) return { path, shown, isThere: false, content };
    if (leadsTo(path, content)) return { path, shown, isThere: true, content };
    return `${shown} exists and is another program`;
  } catch (error) {
    if (error instanceof DaypassError) return `other users can change ${dirname(shown)}`;
    return `${shown} cannot be checked: ${systemCode(error) ?? asDaypassError(error).faults[0]}`;
  }
}

/** A launcher looks beside its own path for the package, so a symbolic link could hide the package from it. */
function contentOf(command: readonly string[], env: NodeJS.ProcessEnv): CommandLink['content'] {
  const [target = '', ...others] = command;
  if (others.length === 0 && !env.DAYPASS_LAUNCHER) return { target };
  return {
    script: `#!/bin/sh\n# Made by daypass configure.\nexec ${command.map(singleQuoted).join(' ')} "$@"\n`,
  };
}

function leadsTo(path: string, content: CommandLink['content']): boolean {
  const stats = lstatSync(path);
  if ('script' in content) {
    const isOurs = stats.uid === process.getuid?.() && (stats.mode & 0o122) === 0o100;
    return stats.isFile() && isOurs && readFileSync(path, 'utf8') === content.script;
  }
  try {
    return stats.isSymbolicLink() && realpathSync(path) === realpathSync(content.target);
  } catch {
    return readlinkSync(path) === content.target;
  }
}

/** Makes a link and its folders, for this user alone; never replaces a file. Throws `io`. */
export function makeCommandLink(link: CommandLink | undefined): void {
  if (!link) return;
  const { path, content } = link;
  try {
    makeFolders(dirname(path));
    if ('target' in content) symlinkSync(content.target, path);
    else writeFileSync(path, content.script, { flag: 'wx', mode: 0o755 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && leadsTo(path, content)) return;
    throw fileError('make', path, error);
  }
}
