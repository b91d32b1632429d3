// The version is in package.json alone. Everything else takes it from there, or npm writes it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from './fault.mjs';
import { git, trackedLines } from './git.mjs';
import { downloadsOf, pages } from './pages.mjs';

/** https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, without build data. */
const semVer =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-z-][\da-z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*))*))?$/i;

/** Files that npm or a generator writes, the pages that `npm version` changes, and those that tell history. */
const derived = ['package.json', '**/package-lock.json', 'CHANGELOG.md', 'man/**', 'test/**', ...pages];

/** Lines of code that are comments, which say since when something is so. */
const comment = /^[^:]*\.(ts|mjs|cjs):\d+: (\/\/|\/?\*)/;

/**
 * Returns the version of package.json.
 * @param {string} root
 * @returns {string}
 */
export function versionOf(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}

/**
 * @param {string} root
 * @param {string | undefined} tag that of the release, if it exists already
 */
export function versionFaults(root, tag) {
  const version = versionOf(root);
  if (!semVer.test(version ?? ''))
    return [
      fault(
        `package.json has the version ${version}, which is not of SemVer`,
        'run: npm version patch, or minor, or major',
      ),
    ];
  return [
    ...lockFaults(root, version),
    ...pageFaults(root, version),
    ...tagFaults(root, version, tag),
    ...copies(root, version),
  ];
}

/**
 * @param {string} root
 * @param {string} version
 */
function lockFaults(root, version) {
  const path = join(root, 'package-lock.json');
  if (!existsSync(path)) return [fault('there is no package-lock.json', 'run: npm install')];
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const different = [lock.version, lock.packages?.['']?.version].filter((each) => each !== version);
  if (different.length === 0) return [];
  return [
    fault(
      `package-lock.json has the version ${different[0]}, and package.json ${version}`,
      'run: npm install --package-lock-only',
    ),
  ];
}

/**
 * @param {string} root
 * @param {string} version
 */
function pageFaults(root, version) {
  return pages.flatMap((page) => {
    const path = join(root, page);
    const named = existsSync(path) ? downloadsOf(readFileSync(path, 'utf8')) : [];
    const [other] = named.filter((each) => each !== version);
    if (other === undefined) return [];
    return [
      fault(
        `${page} has commands for the version ${other}`,
        `run: node scripts/release/pages.mjs ${other} ${version}`,
      ),
    ];
  });
}

/**
 * @param {string} root
 * @param {string} version
 * @param {string | undefined} tag
 */
function tagFaults(root, version, tag) {
  const own = `v${version}`;
  if (tag !== undefined && tag !== own)
    return [
      fault(
        `the tag is ${tag}, and package.json has the version ${version}`,
        `delete the tag (git push --delete origin ${tag}), run npm version, and push the tag that it makes`,
      ),
    ];
  const [there] = git(root, ['tag', '--list', own]);
  if (!there) return [];
  const [tagged] = git(root, ['rev-list', '-n', '1', own]);
  const [head] = git(root, ['rev-parse', 'HEAD']);
  if (tagged === head) return [];
  return [
    fault(
      `${own} is the tag of another commit (${tagged?.slice(0, 10)})`,
      'run: npm version patch, or minor, or major',
    ),
  ];
}

/**
 * Returns the other files that have the version, which the next release would forget.
 * @param {string} root
 * @param {string} version
 */
function copies(root, version) {
  const pattern = `(^|[^0-9.])${version.replaceAll('.', '\\.')}([^0-9.]|$)`;
  const lines = trackedLines(root, pattern, derived.map((path) => `:(exclude,glob)${path}`).concat(':/'));
  return lines
    .filter((line) => !comment.test(line))
    .map((line) => fault(`another file has the version: ${line}`, 'take it from package.json there'));
}
