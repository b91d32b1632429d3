// Builds dist/ from src/: one CommonJS file for the path that AWS clients take hundreds of times a day (Node loads that in
// the least time), and ES modules for the detached renewal and the other commands, which import their libraries.
import { chmodSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  outdir: 'dist',
  packages: 'external',
  legalComments: 'none',
  logLevel: 'warning',
};

/**
 * The seams of the reader: what it imports with import() stays a file of its own, loaded only when it is needed. Commands are ES
 * modules, for they import libraries that are; the rest is CommonJS, which is there sooner.
 * @type {import('esbuild').Plugin}
 */
const apart = {
  name: 'apart',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/commands\/[a-z-]+\.ts$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import') return { errors: [{ text: `${path} must be imported with import()` }] };
      return { path: `./${basename(path, '.ts')}.mjs`, external: true };
    });
    onResolve({ filter: /\/(request-renewal|start-renewal|file-store)\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.cjs`, namespace: 'apart' } : undefined,
    );
    // import() of a file would start Node's loader of ES modules, require() does not.
    onLoad({ filter: /./, namespace: 'apart' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
    onResolve({ filter: /./, namespace: 'apart' }, ({ path }) => ({ path, external: true }));
  },
};

/**
 * In CommonJS there is a require already, and node:module need not be loaded to make one.
 * @type {import('esbuild').Plugin}
 */
const ownRequire = {
  name: 'own-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:module$/ }, ({ path }) => ({ path, namespace: 'own-require' }));
    onLoad({ filter: /./, namespace: 'own-require' }, () => ({
      contents: 'export const createRequire = () => require',
    }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const commonJs = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // Names stay, so that a stack in a bug report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  define: { 'import.meta.url': '__filename', 'import.meta.dirname': '__dirname' },
  plugins: [apart, ownRequire],
};

await Promise.all([
  build({
    ...commonJs,
    entryPoints: { daypass: 'src/cli.ts' },
    banner: { js: '#!/usr/bin/env node' },
  }),
  build({
    ...commonJs,
    entryPoints: {
      'request-renewal': 'src/renewal/request-renewal.ts',
      'start-renewal': 'src/renewal/start-renewal.ts',
      'file-store': 'src/session/file-store.ts',
    },
  }),
  build({
    ...common,
    entryPoints: {
      renewal: 'src/renewal/main.ts',
      'keychain-child': 'src/session/keychain-child.ts',
      help: 'src/commands/help.ts',
      version: 'src/commands/version.ts',
      login: 'src/commands/login.ts',
      logout: 'src/commands/logout.ts',
      status: 'src/commands/status.ts',
    },
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'shared-[hash]',
  }),
]);
chmodSync('dist/daypass.cjs', 0o755);
