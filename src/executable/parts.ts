import { createRequire } from 'node:module';
import { runPart } from '../process/run-part.ts';
import { assetBuffer } from './asset-buffer.ts';

/** What the processes of the single executable are started with; no flag of daypass begins like this. */
const flag = '--daypass-part=';

export function partArguments(part: string): string[] {
  return [`${flag}${part}`];
}

/** The part that this process is to be, where it is not a person's or a client's call. */
export function askedPart(argv: readonly string[]): string | undefined {
  const [, , first] = argv;
  return first?.startsWith(flag) ? first.slice(flag.length) : undefined;
}

/** Runs an embedded part and gives its exports. */
export function loadPart(name: string): unknown {
  return runPart({
    filename: `${name}.cjs`,
    // The build writes plain ASCII.
    source: assetBuffer(`${name}.cjs`).toString('latin1'),
    codeCache: assetBuffer(`${name}.cache`),
    require: createRequire(import.meta.url),
  });
}
