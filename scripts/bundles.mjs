// Shared by both builds: the list of files, and how the reader and its parts are bundled.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** @type {import('esbuild').BuildOptions} */
export const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
  // Beside the files and without the sources: read only to tell where an exception was thrown.
  sourcemap: 'external',
  sourcesContent: false,
};

/** @type {import('esbuild').BuildOptions} */
export const commonJs = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
};

/** Returns a hash of all sources: two builds with the same hash read a call in the same way. */
export function buildId() {
  const hash = createHash('sha256');
  for (const name of readdirSync('src', { recursive: true, encoding: 'utf8' }).sort())
    if (name.endsWith('.ts')) hash.update(`${name}\n${readFileSync(join('src', name), 'utf8')}\n`);
  return hash.digest('hex');
}

/** The parts that the reader loads only when it needs them. */
export const readerParts = {
  commands: 'src/commands/load-command.ts',
  'await-renewal': 'src/request/await-renewal.ts',
  'start-renewal': 'src/request/start-renewal.ts',
  'read-elsewhere': 'src/request/read-elsewhere.ts',
  'file-store': 'src/store/file-store.ts',
  'split-store': 'src/store/split-store.ts',
  'request-log': 'src/network/request-log.ts',
};

export const commands = Object.fromEntries(
  readdirSync('src/commands')
    // The interface of a command, and the list of them.
    .filter((file) => file !== 'command.ts' && file !== 'load-command.ts')
    .map((file) => [basename(file, '.ts'), `src/commands/${file}`]),
);

/** The commands that a prompt or a key in a shell starts, so that each is one file too. */
export const quickCommands = ['completion', 'status', 'use'];

export const processes = {
  renewal: 'src/renewal/main.ts',
  'keychain-child': 'src/store/keychain-child.ts',
};

/**
 * Keeps each file that the reader imports with import() as its own file. The CommonJS expression that `load`
 * returns loads it.
 * @param {(name: string, kind: 'command' | 'part') => string | undefined} load
 *   returns undefined to keep import() itself
 * @returns {import('esbuild').Plugin}
 */
export function apart(load) {
  return {
    name: 'apart',
    setup({ onResolve, onLoad }) {
      const named = Object.entries({ ...readerParts, ...commands });
      const names = new Map(named.map(([name, file]) => [resolve(file), name]));
      onResolve({ filter: /^\..*\.ts$/ }, ({ path, kind, resolveDir }) => {
        const name = names.get(resolve(resolveDir, path));
        if (name === undefined) return undefined;
        const isCommand = name in commands;
        if (kind !== 'dynamic-import')
          return isCommand ? { errors: [{ text: `${path} must be imported with import()` }] } : undefined;
        const contents = load(name, isCommand ? 'command' : 'part');
        return contents === undefined
          ? { path: `./${name}.mjs`, external: true }
          : { path: name, namespace: 'apart', pluginData: contents };
      });
      onLoad({ filter: /./, namespace: 'apart' }, ({ pluginData }) => ({
        contents: `module.exports = ${pluginData}`,
        resolveDir: process.cwd(),
      }));
      onResolve({ filter: /\.cjs$/, namespace: 'apart' }, ({ path }) => ({ path, external: true }));
    },
  };
}

/**
 * Uses CommonJS's own require, so that node:module is not loaded to create one.
 * @type {import('esbuild').Plugin}
 */
export const ownRequire = {
  name: 'own-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:module$/ }, ({ path }) => ({ path, namespace: 'own-require' }));
    onLoad({ filter: /./, namespace: 'own-require' }, () => ({
      contents: 'export const createRequire = () => require',
    }));
  },
};
