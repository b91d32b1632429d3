import { createRequire } from 'node:module';
import { runPart } from '../process/run-part.ts';
import { assetBuffer } from './asset-buffer.ts';

/** The argument that starts a part of the single executable. No flag of daypass begins like this. */
const flag = '--daypass-part=';

/** Returns the arguments that start a part. */
export function partArguments(part: string): string[] {
  return [`${flag}${part}`];
}

/** Returns the part that this process must run; undefined for the call of a person or a client. */
export function askedPart(argv: readonly string[]): string | undefined {
  const [, , first] = argv;
  return first?.startsWith(flag) ? first.slice(flag.length) : undefined;
}

/** Runs an embedded part and returns its exports. */
export function loadPart(name: string): unknown {
  return runPart({
    filename: `${name}.cjs`,
    // The build writes plain ASCII.
    source: assetBuffer(`${name}.cjs`).toString('latin1'),
    codeCache: assetBuffer(`${name}.cache`),
    require: createRequire(import.meta.url),
  });
}
