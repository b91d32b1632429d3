// npm-shrinkwrap.json: the part of package-lock.json that users need. npm runs this file before it packs (prepack), so
// that users install the versions that the tests used, and with --remove afterwards (postpack): a checkout must not keep
// the file, because `npm ci` would use it instead of package-lock.json.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const file = join(root, 'npm-shrinkwrap.json');

/**
 * @typedef {Record<string, unknown>} Locked
 * @typedef {{ packages: Record<string, Locked> }} Lock
 */

/**
 * Returns the lockfile without the packages that only development needs, and without addresses: each user's npm takes
 * the packages from the registry that it is configured for. `integrity` still pins the bytes.
 * @template {Lock} T
 * @param {T} lock
 * @returns {T}
 */
export function shrinkwrapOf(lock) {
  const kept = Object.entries(lock.packages).filter(([, { dev }]) => !dev);
  const packages = kept.map(([path, locked]) => {
    const { resolved: _, devDependencies: __, devOptional, ...rest } = locked;
    return [path, devOptional ? { ...rest, optional: true } : rest];
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}

/** Throws if there is an npm-shrinkwrap.json that this script has not made: `npm shrinkwrap` makes one, too. */
function refuseOther() {
  if (!existsSync(file)) return;
  try {
    const found = JSON.parse(readFileSync(file, 'utf8'));
    if (isDeepStrictEqual(shrinkwrapOf(found), found)) return;
  } catch {
    // It is no lockfile.
  }
  throw new Error(`${file} is not the one that npm pack makes: move it away`);
}

if (process.argv[1] === import.meta.filename) {
  refuseOther();
  rmSync(file, { force: true });
  if (!process.argv.includes('--remove')) {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    writeFileSync(file, `${JSON.stringify(shrinkwrapOf(lock), null, 2)}\n`);
  }
}
