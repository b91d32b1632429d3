import './process/node-version.ts';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Reader from './cli.ts';
import { runPart } from './process/run-part.ts';
import { start } from './start.ts';

/** Of all that is in src; the build says it. */
declare const buildId: string;

// The bin of the package.
start(buildId, loadReader);

/** It is a file of its own, so that V8 need not compile it where the package has a cache for this Node. */
function loadReader(): typeof Reader {
  const { version, platform, arch } = process;
  return runPart({
    filename: `${import.meta.dirname}/reader.cjs`,
    source: readFileSync(`${import.meta.dirname}/reader.cjs`, 'utf8'),
    codeCache: readIfThere(`${import.meta.dirname}/reader-${version}-${platform}-${arch}.cache`),
    require: createRequire(import.meta.url),
    dirname: import.meta.dirname,
  }) as typeof Reader;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
