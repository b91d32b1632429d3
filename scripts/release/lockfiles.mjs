// The lockfiles fit package.json and pin each package by its hash.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fault } from './fault.mjs';

const registry = 'https://registry.npmjs.org/';
const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'engines', 'bin'];

/** @param {string} root */
export function lockfileFaults(root) {
  return ['', 'scripts/executable'].flatMap((folder) =>
    existsSync(join(root, folder, 'package.json')) ? faultsOf(root, folder) : [],
  );
}

/**
 * @param {string} root
 * @param {string} folder
 */
function faultsOf(root, folder) {
  const name = join(folder, 'package-lock.json');
  const install = `run: npm install --package-lock-only${folder && ` --prefix ${folder}`}`;
  if (!existsSync(join(root, name))) return [fault(`there is no ${name}`, install)];
  const about = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  /** @type {{ packages: Record<string, any> }} */
  const { packages } = JSON.parse(readFileSync(join(root, name), 'utf8'));
  const { '': own, ...others } = packages;
  const faults = kinds
    .filter((kind) => !isDeepStrictEqual(own?.[kind] ?? {}, about[kind] ?? {}))
    .map((kind) => fault(`${kind} of package.json and ${name} differ`, install));
  for (const [path, { integrity, resolved, link }] of Object.entries(others)) {
    const found = `${path.replace(/^.*node_modules\//, '')} in ${name}`;
    if (!link && !/^sha512-/.test(integrity ?? ''))
      faults.push(fault(`${found} has no SHA-512`, `delete it there, and ${install}`));
    // Without an address it is from the registry that npm is configured for, and has the same bytes.
    else if (link || (resolved !== undefined && !resolved.startsWith(registry)))
      faults.push(
        fault(`${found} is from ${resolved}`, `depend on a package of ${registry}, then ${install}`),
      );
  }
  return faults;
}
