import './process/node-version.ts';
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Reader from './cli.ts';
import type { StartCode, startExitCodes } from './errors.ts';
import { start } from './start.ts';

/** Of all that is in src; the build says it. */
declare const buildId: string;

const require = createRequire(import.meta.url);
const self = import.meta.filename;

// With --preserve-symlinks-main, Node runs the link that npm made as a file of the folder in which it is. The
// files of daypass are beside its target, and those beside the link may belong to anyone.
if (lstatSync(self).isSymbolicLink()) require(realpathSync(self));
else start(buildId, loadReader);

/** Loads the reader, which is a file of its own because the hit of a known call does not need it. */
function loadReader(): typeof Reader {
  const folder = import.meta.dirname;
  if (!existsSync(`${folder}/reader.cjs`))
    refuse(
      'not-installed',
      127,
      `the other files of daypass are not beside ${JSON.stringify(self)}`,
      `make a symbolic link to daypass.cjs in its package (${process.platform === 'win32' ? 'mklink' : 'ln -s'}) instead of a copy or a hard link`,
    );
  // Node's module resolver reads a backslash in a path as a separator, and * as the pattern of `exports`.
  const [odd] = process.platform === 'win32' ? [] : (/[\\*]/.exec(folder) ?? []);
  if (odd)
    refuse(
      'bad-folder',
      64,
      `Node cannot import from a folder with ${odd} in its path: ${JSON.stringify(folder)}`,
      'install daypass in another folder',
    );
  return require('./reader.cjs');
}

function refuse<Code extends StartCode>(
  code: Code,
  exitCode: (typeof startExitCodes)[Code],
  fault: string,
  hint: string,
): void {
  process.stderr.write(`daypass: ${code}: ${fault}\nhint: ${hint}\n`);
  process.exit(exitCode);
}
