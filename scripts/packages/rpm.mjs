// The package for Fedora, RHEL and openSUSE. It has no scriptlets.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { layOut, pack, systemFiles, zstdLevel } from './contents.mjs';
import { filled } from './template.mjs';

const template = resolve(import.meta.dirname, '../../packages/rpm/daypass.spec');

/** @type {Readonly<Record<string, string>>} */
const architectures = { 'linux-x64': 'x86_64', 'linux-arm64': 'aarch64' };

/**
 * Returns the name of the file that it has built.
 * @param {import('./contents.mjs').Contents} contents
 * @param {import('./facts.mjs').Facts} facts
 * @param {import('./contents.mjs').Places} places
 */
export function buildRpm(contents, { time, words }, { workshop, folder }) {
  const { target, licence, thirdParty } = contents;
  const top = join(workshop, `rpm-${target}`);
  const tree = join(top, 'tree');
  /** @type {import('./contents.mjs').Files} */
  const files = {
    ...systemFiles(contents, 'site-functions'),
    'usr/share/licenses/daypass/LICENSE': { text: licence },
    'usr/share/licenses/daypass/THIRD-PARTY.txt': { text: thirdParty },
  };
  layOut(tree, files, time);
  // The other folders belong to packages of the system.
  const listed = ['%dir /usr/share/licenses/daypass', ...Object.keys(files).map(lineOf)];
  const spec = join(top, 'daypass.spec');
  const given = { ...words, zstd: String(zstdLevel), files: listed.join('\n') };
  writeFileSync(spec, filled(readFileSync(template, 'utf8'), given));
  mkdirSync(join(top, 'home'));
  const macros = Object.entries({ _topdir: top, _dbpath: join(top, 'database'), tree });
  const defined = macros.flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const machine = `${architectures[target]}-linux`;
  pack('rpmbuild', ['-bb', '--target', machine, ...defined, spec], time, join(top, 'home'));
  const made = join(top, 'RPMS', architectures[target] ?? '');
  const [name = ''] = readdirSync(made);
  // The temporary folder can be on another disk.
  copyFileSync(join(made, name), join(folder, name));
  rmSync(top, { recursive: true });
  return name;
}

/** @param {string} path */
function lineOf(path) {
  if (path.startsWith('usr/share/licenses/')) return `%license /${path}`;
  return path.startsWith('usr/share/man/') ? `%doc /${path}` : `/${path}`;
}
