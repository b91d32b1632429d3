// The package for Debian and Ubuntu. It has no maintainer scripts.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { glibcOf, layOut, pack, systemFiles, zstdLevel } from './contents.mjs';
import { filled } from './template.mjs';

const template = resolve(import.meta.dirname, '../../packages/deb/control');

/** @type {Readonly<Record<string, string>>} */
const architectures = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };

/**
 * Returns the name of the file that it has built.
 * @param {import('./contents.mjs').Contents} contents
 * @param {import('./facts.mjs').Facts} facts
 * @param {import('./contents.mjs').Places} places
 */
export function buildDeb(contents, { time, words }, { workshop, folder }) {
  const { target, executable, licence, thirdParty } = contents;
  const debian = architectures[target] ?? '';
  const tree = join(workshop, `deb-${target}`);
  /** @type {import('./contents.mjs').Files} */
  const files = {
    ...systemFiles(contents, 'vendor-completions'),
    'usr/share/doc/daypass/copyright': { text: `${licence}\n${thirdParty}` },
  };
  layOut(tree, files, time);
  const paths = Object.keys(files).sort();
  const sizes = paths.map((path) => Math.ceil(statSync(join(tree, path)).size / 1024));
  const control = filled(readFileSync(template, 'utf8'), {
    ...words,
    debian,
    glibc: glibcOf(readFileSync(executable)),
    kilobytes: String(sizes.reduce((sum, size) => sum + size, 0)),
  });
  const hashes = paths.map((path) => `${md5(join(tree, path))}  ${path}\n`).join('');
  layOut(tree, { 'DEBIAN/control': { text: control }, 'DEBIAN/md5sums': { text: hashes } }, time);
  const name = `daypass_${words.packageVersion}_${debian}.deb`;
  const options = ['--root-owner-group', '-Zzstd', `-z${zstdLevel}`, '--threads-max=1'];
  pack('dpkg-deb', ['--build', ...options, tree, join(folder, name)], time, workshop);
  rmSync(tree, { recursive: true });
  return name;
}

/** @param {string} path */
function md5(path) {
  return createHash('md5').update(readFileSync(path)).digest('hex');
}
