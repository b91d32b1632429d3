/**
 * A file of the build: a function expression with the parameters of Node's own wrapper for CommonJS. It has no import(), which a script
 * from a code cache cannot do.
 */
export interface Part {
  filename: string;
  source: string;
  /** What V8 kept when it compiled this very source; V8 looks whether it is its own, and compiles where it is not. */
  codeCache: Uint8Array | undefined;
  require: NodeJS.Require;
  dirname?: string;
}

/** Runs a part as require() would, with what V8 compiled of it at build time, and gives its exports. */
export function runPart({ filename, source, codeCache, require, dirname = '' }: Part): unknown {
  const module = { exports: {} };
  // Not imported: most calls are hits, which need none.
  const { Script } = process.getBuiltinModule('node:vm');
  const script = new Script(source, { filename, cachedData: codeCache as Buffer });
  script.runInThisContext()(module.exports, require, module, filename, dirname);
  return module.exports;
}
