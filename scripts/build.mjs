// Builds dist/ from src/: one CommonJS file for the path that AWS clients take hundreds of times a day (Node loads that in
// the least time), one for each process that somebody waits for and for quick commands, and ES modules for the others. Libraries stay in node_modules.
import { chmodSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import {
  apart,
  buildId,
  commands,
  common,
  commonJs,
  ownRequire,
  processes,
  quickCommands,
  readerParts,
} from './bundles.mjs';

rmSync('dist', { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const beside = { outdir: 'dist', packages: 'external' };

/** @type {import('esbuild').BuildOptions} */
const reader = {
  ...commonJs,
  ...beside,
  define: {
    'import.meta.url': '__filename',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    buildId: JSON.stringify(buildId()),
  },
  plugins: [
    // Most commands are ES modules, for they import libraries that are; the rest is CommonJS, which is there sooner: import() of a
    // file would start Node's loader of ES modules, require() does not.
    apart((name, kind) =>
      kind === 'command' && !quickCommands.includes(name) ? undefined : `require('./${name}.cjs')`,
    ),
    ownRequire,
  ],
};

/** @param {boolean} quick */
const commandsThatAre = (quick) =>
  Object.fromEntries(Object.entries(commands).filter(([name]) => quickCommands.includes(name) === quick));

await Promise.all([
  build({
    ...reader,
    entryPoints: { daypass: 'src/bin.ts' },
    // It tells an older Node that it is one.
    target: 'node12',
    banner: { js: '#!/usr/bin/env node' },
  }),
  build({ ...reader, entryPoints: { reader: 'src/cli.ts', ...readerParts } }),
  // One file each, in which what import() names waits until it is needed: Node takes as long for a dozen small modules as to start.
  build({ ...reader, entryPoints: { ...processes, ...commandsThatAre(true) }, plugins: [ownRequire] }),
  build({
    ...common,
    ...beside,
    entryPoints: commandsThatAre(false),
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'shared-[hash]',
  }),
]);
chmodSync('dist/daypass.cjs', 0o755);
