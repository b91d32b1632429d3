// The files of a package, wherever each kind of package puts them.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ownTarget, targetOf } from '../executable/targets.mjs';

const root = resolve(import.meta.dirname, '../..');

/**
 * @typedef {object} Contents
 * @property {string} target
 * @property {string} executable its path
 * @property {string} licence the text of LICENSE
 * @property {string} thirdParty the text of THIRD-PARTY.txt
 * @property {string} manual the text of the manual page
 * @property {Readonly<Record<'bash' | 'zsh' | 'fish', string>>} completions
 */

/**
 * Of the 134 MB of the executable, zstd -10 leaves 51 MB after 8 s of a processor, gzip -9 62 MB after 19 s. Debian 12
 * (deb(5)) and RHEL 8.2 (https://bugzilla.redhat.com/show_bug.cgi?id=1715799) read it.
 */
export const zstdLevel = 10;

/** @typedef {{ workshop: string, folder: string }} Places a folder for temporary files, and that of the result */

/** @typedef {Record<string, { from: string } | { text: string | Buffer }>} Files by their paths in the package */

/** Returns SOURCE_DATE_EPOCH, or the time of the commit. Throws if there is neither. */
export function timeOfSources() {
  const given = process.env.SOURCE_DATE_EPOCH;
  const time = Number(
    given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }),
  );
  if (!Number.isSafeInteger(time) || time <= 0) throw new Error(`SOURCE_DATE_EPOCH is no time: ${given}`);
  return time;
}

/**
 * Returns where the executables are: in the folder `given`, or built now.
 * @param {string | undefined} given
 * @param {readonly string[]} wanted
 * @param {string} workshop
 */
export function executablesIn(given, wanted, workshop) {
  const folder = given ? resolve(given) : join(workshop, 'executables');
  /** @param {string} target */
  const of = (target) => {
    const { ending } = targetOf(target);
    const names = [`daypass-${target}${ending}`, ...(target === ownTarget() ? [`daypass${ending}`] : [])];
    const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
    if (!found) throw new Error(`${folder} contains no ${names.join(' and no ')}`);
    return found;
  };
  if (!given) {
    const words = [join(root, 'scripts/executable/build.mjs'), '--folder', folder];
    const named = wanted.flatMap((target) => ['--target', target]);
    execFileSync(process.execPath, [...words, ...named], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return { folder, of };
}

/**
 * Returns the licence of daypass, and the notices beside the executables.
 * @param {string} folder
 */
export function licencesOf(folder) {
  return {
    licence: readFileSync(join(root, 'LICENSE'), 'utf8'),
    thirdParty: readFileSync(join(folder, 'THIRD-PARTY.txt'), 'utf8'),
  };
}

/** Returns the text of the manual page. */
export function manualPage() {
  return readFileSync(join(root, 'man/daypass.1'), 'utf8');
}

/**
 * Returns the completion scripts, which the executable prints. A shell loads them at the first completion: a function
 * that appears only then would surprise a person.
 * @param {string} executable
 * @param {string} home
 */
export function completionsOf(executable, home) {
  /** @param {string} shell */
  const print = (shell) =>
    execFileSync(executable, ['completion', shell, '--no-function'], {
      encoding: 'utf8',
      env: { HOME: home, PATH: '/usr/bin:/bin' },
    });
  return { bash: print('bash'), zsh: print('zsh'), fish: print('fish') };
}

/**
 * Returns the compressed text, without the name and the time that gzip can store.
 * @param {string} text
 */
function gzipped(text) {
  return gzipSync(text, { level: 9 });
}

/**
 * Returns the files that a package of a Linux system installs apart from licences. Systems differ in zsh's folder.
 * @param {Contents} contents
 * @param {string} zshFolder below usr/share/zsh
 * @returns {Files}
 */
export function systemFiles({ executable, manual, completions }, zshFolder) {
  return {
    'usr/bin/daypass': { from: executable },
    'usr/share/man/man1/daypass.1.gz': { text: gzipped(manual) },
    'usr/share/bash-completion/completions/daypass': { text: completions.bash },
    [`usr/share/zsh/${zshFolder}/_daypass`]: { text: completions.zsh },
    'usr/share/fish/vendor_completions.d/daypass.fish': { text: completions.fish },
  };
}

/**
 * Puts the files below a new folder, with the modes and the time that a package states.
 * @param {string} tree
 * @param {Files} files
 * @param {number} time
 */
export function layOut(tree, files, time) {
  for (const [path, file] of Object.entries(files)) {
    const place = join(tree, path);
    mkdirSync(dirname(place), { recursive: true });
    if ('from' in file) copyFileSync(file.from, place);
    else writeFileSync(place, file.text);
    chmodSync(place, 'from' in file ? 0o755 : 0o644);
    utimesSync(place, time, time);
  }
  const folders = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const path of [...folders.map((entry) => join(entry.parentPath, entry.name)), tree]) {
    chmodSync(path, 0o755);
    utimesSync(path, time, time);
  }
}

/**
 * Runs a tool that packs, without the variables of the person who builds.
 * @param {string} program
 * @param {readonly string[]} words
 * @param {number} time
 * @param {string} home
 */
export function pack(program, words, time, home) {
  const env = {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: home,
    TMPDIR: home,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(time),
  };
  execFileSync(program, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

/**
 * Returns the newest version of glibc that the executable, or a library in it, requires.
 * @param {Buffer} executable
 */
export function glibcOf(executable) {
  const text = executable.toString('latin1');
  const versions = [...text.matchAll(/\0GLIBC_(2\.\d+)(?:\.\d+)?(?=\0)/g)].map(([, version = '']) => version);
  const newest = versions.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2))).at(-1);
  if (!newest) throw new Error('the executable names no version of glibc');
  return newest;
}
