// Bundles daypass into the parts of the single executable.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { apart, buildId, commands, commonJs, processes, readerParts } from '../bundles.mjs';

const root = resolve(import.meta.dirname, '../..');

/** Modules of the npm package, and their replacements in src/executable/. */
const replaced = new Map(
  Object.entries({
    'src/process/program.ts': 'program.ts',
    'src/process/private-pipe.ts': 'private-pipe.ts',
    'src/network/fetch-log.ts': 'fetch-log.ts',
  }).map(([path, own]) => [join(root, path), join(root, 'src/executable', own)]),
);

/** @type {import('esbuild').Plugin} */
const replacements = {
  name: 'replacements',
  setup({ onResolve }) {
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
      const own = replaced.get(resolve(resolveDir, path));
      return own === undefined ? undefined : { path: own };
    });
  },
};

/**
 * Makes the require() that `sts.ts` creates for the SDK's CommonJS files find them inside the executable.
 * @type {import('esbuild').Plugin}
 */
const requireSdk = {
  name: 'require-sdk',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:module$/ }, ({ path, importer }) =>
      importer.endsWith('/sts.ts') ? { path, namespace: 'require-sdk' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'require-sdk' }, () => ({
      contents: "export const createRequire = () => () => require('@aws-sdk/client-sts')",
      resolveDir: root,
    }));
  },
};

/**
 * Makes `open`, which looks for a script beside itself, use the address in `src/executable/opener-url.ts`.
 * @type {import('esbuild').Plugin}
 */
const opener = {
  name: 'opener',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/open\/index\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url'))
        return { errors: [{ text: 'open no longer finds xdg-open by import.meta.url' }] };
      const address = `import { openerUrl } from ${JSON.stringify(join(root, 'src/executable/opener-url.ts'))};`;
      return { contents: address + text.replaceAll('import.meta.url', 'openerUrl') };
    });
  },
};

/**
 * Packages that dependencies use where they are installed, which they are not.
 * @type {import('esbuild').Plugin}
 */
const absent = {
  name: 'absent',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(kerberos|supports-color)$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /./, namespace: 'absent' }, ({ path }) => ({
      contents: `throw new Error('${path} is not in the executable')`,
    }));
  },
};

/**
 * Makes the require() that other sources create find built-in modules alone.
 * @type {import('esbuild').Plugin}
 */
const requireBuiltin = {
  name: 'require-builtin',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:module$/ }, ({ path }) => ({ path, namespace: 'require-builtin' }));
    onLoad({ filter: /./, namespace: 'require-builtin' }, () => ({
      contents: 'export const createRequire = () => process.getBuiltinModule',
    }));
  },
};

/**
 * Returns the packages that the bundles would look for when they run. Bun looks for them in the working directory and
 * in NODE_PATH, so that anyone's folder could run code.
 * @param {readonly import('esbuild').Metafile[]} metafiles
 */
export function importsFromOutside(metafiles) {
  const imports = metafiles.flatMap(({ outputs }) => Object.values(outputs).flatMap((each) => each.imports));
  const names = imports.filter(({ external, path }) => external && !isBuiltin(path)).map(({ path }) => path);
  return [...new Set(names)].sort();
}

/**
 * Writes the parts into `folder`. Returns their files, the entry first, and the sources that they contain.
 * @param {string} folder
 * @param {string} unpackedFolder where daypass unpacks files, in its state directory
 */
export async function bundleParts(folder, unpackedFolder) {
  const plugins = [replacements, opener, requireSdk, absent, requireBuiltin];
  /** @type {import('esbuild').BuildOptions} */
  const inside = {
    ...commonJs,
    // Keep the names, so that a stack in a bug report can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    outdir: folder,
    define: {
      'import.meta.url': 'undefined',
      buildId: JSON.stringify(buildId()),
      unpackedFolder: JSON.stringify(unpackedFolder),
    },
    plugins,
    metafile: true,
    // Nothing reads them here.
    sourcemap: false,
  };
  const parts = { ...readerParts, ...commands, ...processes };
  const results = await Promise.all([
    build({ ...inside, entryPoints: { main: 'src/executable/main.ts' } }),
    build({
      ...inside,
      entryPoints: { reader: 'src/cli.ts' },
      plugins: [apart((name) => `require('./src/executable/parts.ts').loadPart('${name}')`), ...plugins],
    }),
    build({ ...inside, entryPoints: parts }),
  ]);
  const outside = importsFromOutside(results.flatMap(({ metafile }) => (metafile ? [metafile] : [])));
  if (outside.length > 0) throw new Error(`these packages are not in the executable: ${outside.join(', ')}`);
  return {
    entries: ['main', 'reader', ...Object.keys(parts)].map((name) => `${name}.cjs`),
    inputs: results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})),
  };
}
