import { createRequire } from 'node:module';
import { getRawAsset } from 'node:sea';

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

/** Returns an embedded file without a copy. Do not write to it. */
export function assetBuffer(name: string): Buffer {
  return Buffer.from(getRawAsset(name) as ArrayBuffer);
}

/**
 * Runs an embedded part as require() would, with its V8 code cache, and returns its exports. A part is a
 * function expression with the parameters of Node's CommonJS wrapper. It has no import(), which does not work
 * in a script from a code cache.
 */
export function loadPart(name: string): unknown {
  const module = { exports: {} };
  // Do not import node:vm: the hit of a known call loads no part.
  const { Script } = process.getBuiltinModule('node:vm');
  const filename = `${name}.cjs`;
  // The build writes plain ASCII.
  const source = assetBuffer(filename).toString('latin1');
  const script = new Script(source, { filename, cachedData: assetBuffer(`${name}.cache`) });
  script.runInThisContext()(module.exports, createRequire(import.meta.url), module, filename, '');
  return module.exports;
}
