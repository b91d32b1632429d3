import './node-version.ts';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runPart } from './run-part.ts';

// The bin of the package. The reader is a file of its own, so that V8 need not compile it where the package has a cache for this Node.
const { version, platform, arch } = process;
runPart({
  filename: `${import.meta.dirname}/reader.cjs`,
  source: readFileSync(`${import.meta.dirname}/reader.cjs`, 'utf8'),
  codeCache: readIfThere(`${import.meta.dirname}/reader-${version}-${platform}-${arch}.cache`),
  require: createRequire(import.meta.url),
  dirname: import.meta.dirname,
});

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
