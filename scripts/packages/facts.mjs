// Facts that every package states: version, addresses, time.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * @typedef {object} Facts
 * @property {string} version
 * @property {number} time seconds since 1970
 * @property {Readonly<Record<string, string>>} words for templates
 */

/**
 * Returns the facts of these sources.
 * @param {number} time
 * @returns {Facts}
 */
export function factsOf(time) {
  const { version, homepage, repository } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
  const address = repository.url.replace(/^git\+|\.git$/g, '');
  const owner = new URL(address).pathname.split('/')[1] ?? '';
  const words = {
    version,
    packageVersion: packageVersion(version),
    homepage,
    releases: `${address}/releases/download/v${version}`,
    owner,
    licences: licencesOfParts().join(' AND '),
  };
  return { version, time, words };
}

/**
 * Returns the version as Debian and rpm write it: for both, `~` makes 1.0.0~rc.1 older than 1.0.0, and a hyphen would
 * begin the revision of the package.
 * @param {string} version
 */
export function packageVersion(version) {
  const [, release = '', before] = /^(\d+\.\d+\.\d+)(?:-([a-z\d.]+))?$/i.exec(version) ?? [];
  if (!release) throw new Error(`the version ${version} cannot be written for packages`);
  return before ? `${release}~${before}` : release;
}

/** Returns the SPDX identifiers of all licences in the executable. */
function licencesOfParts() {
  const names = readdirSync(resolve(root, 'scripts/executable/licences'));
  return names.map((name) => name.replace(/\.txt$/, '')).sort();
}
