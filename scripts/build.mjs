// Builds dist/ from src/: one CommonJS file for the path that AWS clients take hundreds of times a day (Node loads that in
// the least time), and ES modules for the detached renewal and the other commands, which import their libraries.
import { chmodSync, rmSync } from 'node:fs';
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
 * The seam: what the reader imports from commands/ stays a file of its own, loaded only when it is asked for.
 * @type {import('esbuild').Plugin}
 */
const commandsApart = {
  name: 'commands-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/commands\/[a-z-]+\.ts$/ }, ({ path, kind }) => {
      if (kind !== 'dynamic-import') return { errors: [{ text: `${path} must be imported with import()` }] };
      return { path: `./${path.replace(/^.*\/commands\//, '').replace(/\.ts$/, '.mjs')}`, external: true };
    });
  },
};

await Promise.all([
  build({
    ...common,
    entryPoints: { daypass: 'src/cli.ts' },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    banner: { js: '#!/usr/bin/env node' },
    define: { 'import.meta.url': '__filename' },
    plugins: [commandsApart],
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
