import { readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// Where the parts of this program are, in the package that npm installs: the built files lie in dist/.

/** The folder of the parts: dist/, or src/, one above this file, where a test runs the sources. */
const partFolder = import.meta.dirname.replace(/[\\/]process$/, '');

/** A part that is a process of its own. */
export type ProcessPart = 'renewal' | 'keychain-child';

/** The program and the arguments that start a part. */
export function commandOf(part: ProcessPart): [program: string, args: string[]] {
  return [process.execPath, [join(partFolder, `${part}.cjs`)]];
}

/** The text of a file of the package, by its path from there. */
export function packageText(path: string): string {
  return readFileSync(join(partFolder, '..', path), 'utf8');
}

/** Where keytar's binding may be, the likeliest first. */
export function keytarBindings(): string[] {
  const binding = `keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`;
  // Where npm puts it, below this package or beside it: to look there is a third of what require() does to find it.
  return [`${partFolder}/../node_modules/${binding}`, `${partFolder}/../../${binding}`];
}

/**
 * The absolute words that start daypass from anywhere, by the names that a person uses: the launcher by which this was called; else the
 * link that npm made, and before it Node unless the bare PATH of cron jobs and desktop programs leads its first line to this very Node.
 */
export function ownCommand({ PATH = '', DAYPASS_LAUNCHER: launcher }: NodeJS.ProcessEnv): string[] {
  if (launcher) return [launcher];
  const script = process.argv[1] ?? '';
  if (sameFile('/usr/bin/node', process.execPath) || sameFile('/bin/node', process.execPath)) return [script];
  // An upgrade moves what the links on PATH lead to.
  const links = PATH.split(delimiter).map((folder) => join(folder, 'node'));
  const node = links.find((link) => link.startsWith('/') && sameFile(link, process.execPath));
  return [node ?? process.execPath, script];
}

function sameFile(path: string, other: string): boolean {
  try {
    return realpathSync(path) === realpathSync(other);
  } catch {
    return false;
  }
}
