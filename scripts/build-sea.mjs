// Builds dist-sea/daypass, one executable for people without Node, from the Node that runs this script and
// everything that daypass needs. Usage: `node scripts/build-sea.mjs [FOLDER]`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { apart, buildId, commands, commonJs, ownRequire, processes, readerParts } from './bundles.mjs';
import { eager } from './eager.mjs';

const root = resolve(import.meta.dirname, '..');
process.chdir(root);
const [, , folder = 'dist-sea'] = process.argv;
mkdirSync(folder, { recursive: true });
const executable = join(folder, process.platform === 'win32' ? 'daypass.exe' : 'daypass');
// On the same disk, so that the executable can be renamed into place: the previous one may be running.
const workshop = mkdtempSync(join(folder, '.build-'));
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }));
const parts = join(workshop, 'parts');

/** The files that daypass unpacks, because the system can only load or run them from disk. */
const unpacked = {
  'keytar.node': `node_modules/keytar/prebuilds/${process.platform}-${process.arch}/keytar.node`,
  'xdg-open': 'node_modules/open/xdg-open',
};
const hash = createHash('sha256');
for (const path of Object.values(unpacked)) hash.update(readFileSync(path));

/**
 * Replaces `src/process/program.ts`, which is for the package, with `src/executable/program.ts`.
 * @type {import('esbuild').Plugin}
 */
const program = {
  name: 'program',
  setup({ onResolve }) {
    const replaced = join(root, 'src/process/program.ts');
    onResolve({ filter: /\/program\.ts$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === replaced ? { path: join(root, 'src/executable/program.ts') } : undefined,
    );
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

const plugins = [program, opener, requireSdk, ownRequire];

/** @type {import('esbuild').BuildOptions} */
const inside = {
  ...commonJs,
  // Keep the names, so that a stack in a bug report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  outdir: parts,
  define: {
    'import.meta.url': 'undefined',
    buildId: JSON.stringify(buildId()),
    unpackedFolder: JSON.stringify(`program-${hash.digest('hex')}`),
  },
  plugins,
  // Nothing reads them here, and each file is embedded.
  sourcemap: false,
};

/** What `loadPart` of `src/executable/parts.ts` runs. */
const asPart = {
  banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
  footer: { js: '})' },
};

await Promise.all([
  build({ ...inside, entryPoints: { main: 'src/executable/main.ts' } }),
  build({
    ...inside,
    ...asPart,
    entryPoints: { reader: 'src/cli.ts' },
    plugins: [apart((name) => `require('./src/executable/parts.ts').loadPart('${name}')`), ...plugins],
  }),
  build({ ...inside, ...asPart, entryPoints: { ...readerParts, ...commands, ...processes } }),
]);
for (const part of ['reader', ...Object.keys({ ...readerParts, ...commands, ...processes })])
  run([join(root, 'scripts/code-cache.mjs'), join(parts, `${part}.cjs`), join(parts, `${part}.cache`)]);

const main = join(parts, 'main.cjs');
writeFileSync(main, eager(readFileSync(main, 'utf8')));

const half = join(workshop, 'daypass');
const blob = join(workshop, 'blob');
const config = join(workshop, 'sea-config.json');
const embedded = [
  ...readdirSync(parts)
    .filter((file) => file !== 'main.cjs')
    .map((file) => [file, join(parts, file)]),
  ...readdirSync('views').map((file) => [`views/${file}`, `views/${file}`]),
  ...Object.entries(unpacked),
  ['package.json', 'package.json'],
];
writeFileSync(
  config,
  JSON.stringify({
    main,
    output: blob,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: true,
    assets: Object.fromEntries(embedded),
  }),
);
run(['--experimental-sea-config', config]);
copyFileSync(process.execPath, half);
chmodSync(half, 0o755);
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const postject = join(root, 'node_modules/postject/dist/cli.js');
run([postject, half, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]);
renameSync(half, executable);

/**
 * Runs Node and prints its output only if it fails: postject warns about every ELF note.
 * @param {string[]} args
 */
function run(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
}
