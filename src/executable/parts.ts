import { createRequire } from 'node:module';
import { getRawAsset } from 'node:sea';

/** The start of the only argument of a process that runs a part. No flag of daypass begins like this. */
export const partFlag = '--daypass-part=';

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
