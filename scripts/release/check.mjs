// `npm run release:check` tries everything about a release that this machine can try, and publishes nothing. It prints
// each fault with what to do, and fails if there is one. npm runs it before `npm publish`, too.
//   --tag v1.2.3   the tag that is released; in a workflow on a tag, GitHub states it
//   --skip NAME    leaves out a check, for example `--skip changelog --skip placeholders` before the owner is known
//   --only NAME    runs this check alone; can be repeated, like --skip
//   --twice        also builds everything twice and compares the bytes, which takes minutes
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { changelogFaults } from './changelog.mjs';
import { lockfileFaults } from './lockfiles.mjs';
import { packFaults } from './pack.mjs';
import { placeholderFaults } from './placeholders.mjs';
import { sameBuildFaults } from './same-build.mjs';
import { sbomFaults } from './sbom.mjs';
import { treeFaults } from './tree.mjs';
import { versionFaults, versionOf } from './version.mjs';

const root = resolve(import.meta.dirname, '../..');
const { GITHUB_REF_TYPE, GITHUB_REF_NAME, GITHUB_REPOSITORY } = process.env;

const { values } = parseArgs({
  options: {
    tag: { type: 'string' },
    only: { type: 'string', multiple: true },
    skip: { type: 'string', multiple: true },
    twice: { type: 'boolean' },
  },
});
const tag = values.tag ?? (GITHUB_REF_TYPE === 'tag' ? GITHUB_REF_NAME : undefined);

/** @type {Readonly<Record<string, [what: string, faults: () => import('./fault.mjs').Fault[]]>>} */
const checks = {
  version: ['the version, and where it is', () => versionFaults(root, tag)],
  changelog: ['the entry in CHANGELOG.md', () => changelogFaults(root, new Date())],
  tree: ['everything is committed', () => treeFaults(root)],
  placeholders: ['the address of the repository', () => placeholderFaults(root, GITHUB_REPOSITORY)],
  lockfiles: ['package-lock.json and that of the executable', () => lockfileFaults(root)],
  pack: ['what the npm package contains', () => packFaults(root)],
  sbom: ['the SBOM', () => sbomFaults(root)],
  twice: ['two builds are the same', () => sameBuildFaults(root)],
};

const { only, skip = [] } = values;
for (const name of [...(only ?? []), ...skip])
  if (!checks[name]) {
    console.error(`${name} is no check: ${Object.keys(checks).join(', ')}`);
    process.exit(1);
  }
const chosen = Object.entries(checks).filter(([name]) => {
  if (only) return only.includes(name);
  return !skip.includes(name) && (name !== 'twice' || values.twice);
});

/** Faults with the same advice, of which so many are printed. */
const shown = 8;

let failed = 0;
for (const [name, [what, faultsOf]] of chosen) {
  const faults = faultsOf();
  console.log(`${faults.length === 0 ? '✓' : '✗'} ${name}: ${what}`);
  for (const [fix, texts] of byFix(faults)) {
    for (const text of texts.slice(0, shown)) console.log(`    ${text}`);
    if (texts.length > shown) console.log(`    and ${texts.length - shown} more`);
    console.log(`      → ${fix}`);
  }
  if (faults.length > 0) failed += 1;
}
const left = Object.keys(checks).filter((name) => !chosen.some(([each]) => each === name));
if (left.length > 0) console.log(`- not checked: ${left.join(', ')}`);
const version = versionOf(root);
if (failed > 0) {
  console.log(`\n${version} cannot be released yet: ${failed} of ${chosen.length} checks failed`);
  process.exitCode = 1;
} else {
  console.log(`\n${version} passed ${chosen.length} checks`);
}

/**
 * Returns the texts of the faults by their advice.
 * @param {readonly import('./fault.mjs').Fault[]} faults
 */
function byFix(faults) {
  /** @type {Map<string, string[]>} */
  const texts = new Map();
  for (const { fault, fix } of faults) texts.set(fix, [...(texts.get(fix) ?? []), fault]);
  return texts;
}
