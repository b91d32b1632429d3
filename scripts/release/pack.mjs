// What the npm package contains: what package.json allows, and nothing of the workplace.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from './fault.mjs';

/** Megabytes, unpacked. */
const largest = 5;

const always = ['package.json', 'README.md', 'LICENSE'];
const forbidden =
  /^(src|test|scripts|bench|demo|coverage|artifacts|\.[^/]+)\/|(^|\/)(node_modules\/|\.env|\.npmrc)|\.(tgz|pem|key|p12|log|tsbuildinfo)$|\.test\./;

/**
 * Returns what `npm pack` would put into the package.
 * @param {string} root
 * @returns {{ path: string, size: number, mode: number }[]}
 */
export function packedFiles(root) {
  const printed = execFileSync(
    'npm',
    ['pack', '--dry-run', '--json', '--loglevel=error', '--foreground-scripts=false'],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  // The scripts of the package may print before it.
  return JSON.parse(printed.slice(printed.search(/^\[$/m)))[0].files;
}

/**
 * @param {string} root
 * @param {ReturnType<typeof packedFiles>} files
 */
export function packFaults(root, files = packedFiles(root)) {
  const { bin, files: allowed = [] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const paths = files.map(({ path }) => path);
  const wanted = [...always, ...Object.values(bin), ...allowed];
  const missing = wanted.filter((name) => !paths.some((path) => within(path, name)));
  const extra = paths.filter((path) => forbidden.test(path) || !wanted.some((name) => within(path, name)));
  const megabytes = files.reduce((sum, { size }) => sum + size, 0) / 1e6;
  return [
    ...missing.map((name) =>
      fault(`the npm package lacks ${name}`, 'build or add it, or delete it from files in package.json'),
    ),
    ...extra.map((path) =>
      fault(
        `the npm package contains ${path}`,
        'name what users need in files of package.json, and nothing else',
      ),
    ),
    ...(megabytes > largest
      ? [
          fault(
            `the npm package has ${megabytes.toFixed(1)} MB, more than ${largest}`,
            'find the large files with npm pack --dry-run, and leave them out',
          ),
        ]
      : []),
  ];
}

/**
 * @param {string} path
 * @param {string} name a file or a folder
 */
function within(path, name) {
  const folder = name.replace(/\/$/, '');
  return path === folder || path.startsWith(`${folder}/`);
}
