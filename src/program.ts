import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// Where the parts of this program are: here in the package that npm installs. Built files lie in dist/ as the sources do in src/.

/** A part that is a process of its own. */
export type ProcessPart = 'renewal' | 'keychain-child';

/** The program and the arguments that start a part. */
export function commandOf(part: ProcessPart): [program: string, args: string[]] {
  return [process.execPath, [join(import.meta.dirname, `${part}.mjs`)]];
}

/** The text of a file of the package, by its path from there. */
export function readText(path: string): string {
  return readFileSync(join(import.meta.dirname, '..', path), 'utf8');
}

/** Where keytar's binding may be, the likeliest first. */
export function keytarBindings(): string[] {
  const binding = `keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`;
  // Where npm puts it, below this package or beside it: to look there is a third of what require() does to find it.
  return [`${import.meta.dirname}/../node_modules/${binding}`, `${import.meta.dirname}/../../${binding}`];
}
