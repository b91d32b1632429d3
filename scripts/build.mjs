// Builds dist/ from src/: one CommonJS file for the path that AWS clients take hundreds of times a day (Node loads that in
// the least time), and ES modules for the detached renewal and the other commands, which import their libraries.
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { apart, commands, common, commonJs, ownRequire, processes, readerParts } from './bundles.mjs';

rmSync('dist', { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const beside = { outdir: 'dist', packages: 'external' };

/** @type {import('esbuild').BuildOptions} */
const reader = {
  ...commonJs,
  ...beside,
  define: { 'import.meta.url': '__filename', 'import.meta.dirname': '__dirname' },
  plugins: [
    // Commands are ES modules, for they import libraries that are; the rest is CommonJS, which is there sooner: import() of a
    // file would start Node's loader of ES modules, require() does not.
    apart((name, kind) => (kind === 'command' ? undefined : `require('./${name}.cjs')`)),
    ownRequire,
  ],
};

await Promise.all([
  build({
    ...reader,
    entryPoints: { daypass: 'src/cli.ts' },
    banner: { js: '#!/usr/bin/env node' },
  }),
  build({ ...reader, entryPoints: readerParts }),
  build({
    ...common,
    ...beside,
    entryPoints: { ...processes, ...commands },
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'shared-[hash]',
  }),
]);
chmodSync('dist/daypass.cjs', 0o755);
