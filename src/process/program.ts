import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

// Finds the parts of this program in the package that npm installs.

/** dist/, or src/, one above this file, if a test runs the sources. */
const partFolder = import.meta.dirname.replace(/[\\/]process$/, '');

/** Returns the program and the arguments that start a part, which runs as its own process. */
export function commandOf(part: 'renewal' | 'keychain-child'): [program: string, args: string[]] {
  return [process.execPath, [join(partFolder, `${part}.cjs`)]];
}

/** Returns the text of a file of the package, by its path in the package. */
export function packageText(path: string): string {
  return readFileSync(join(partFolder, '..', path), 'utf8');
}

/** Returns the version in package.json. */
export function version(): string {
  return JSON.parse(packageText('package.json')).version;
}

/**
 * Returns the paths where keytar's binding may be, the likeliest first. All are in a node_modules: the folder
 * beside a checkout may belong to anyone.
 */
export function keytarBindings(): string[] {
  const binding = `keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`;
  // npm puts it below this package or beside it. Trying both takes a third of the time of require().
  const beside = /[\\/]node_modules[\\/][^\\/]+[\\/][^\\/]+$/.test(partFolder);
  return [`${partFolder}/../node_modules/${binding}`, ...(beside ? [`${partFolder}/../../${binding}`] : [])];
}

/** Returns keytar as Node finds it, after `reason` with a binding. Throws why it cannot be loaded. */
export function keytarPackage(_reason: unknown): unknown {
  return createRequire(import.meta.url)('keytar');
}

/**
 * Returns the absolute words that start daypass from anywhere, by the names that a person uses: the launcher
 * of this call, otherwise npm's link. Node comes before the link unless the minimal PATH of cron jobs and
 * desktop programs finds this same Node.
 */
export function ownCommand({ PATH = '', DAYPASS_LAUNCHER: launcher }: NodeJS.ProcessEnv): string[] {
  if (launcher) return [launcher];
  const script = process.argv[1] ?? '';
  if (sameFile('/usr/bin/node', process.execPath) || sameFile('/bin/node', process.execPath)) return [script];
  // Use a link on PATH: an upgrade of Node changes the target, not the link.
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
