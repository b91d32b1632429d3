import { createRequire } from 'node:module';
import { Script } from 'node:vm';
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

/** Runs an embedded CommonJS file, as require() would a file beside this one, and gives its exports. */
export function loadPart(name: string): unknown {
  const module = { exports: {} };
  // The build writes plain ASCII.
  const script = new Script(assetBuffer(`${name}.cjs`).toString('latin1'), {
    filename: `${name}.cjs`,
    // V8 looks whether it is its own, and compiles where it is not.
    cachedData: assetBuffer(`${name}.cache`),
  });
  script.runInThisContext()(module, module.exports, createRequire(import.meta.url));
  return module.exports;
}
