// CHANGELOG.md has an entry for the version that is released, and nothing that is in no version.
// As a program it prints that entry: `node scripts/release/changelog.mjs [VERSION]`.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fault } from './fault.mjs';
import { versionOf } from './version.mjs';

/**
 * @typedef {object} Section
 * @property {string} version `Unreleased`, or a version
 * @property {string} date may be empty
 * @property {string} text
 */

/**
 * Returns the sections of a changelog, the newest first.
 * @param {string} changelog
 * @returns {Section[]}
 */
export function sectionsOf(changelog) {
  const [, ...parts] = changelog.split(/^## /m);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    const [heading, text] = end < 0 ? [part, ''] : [part.slice(0, end), part.slice(end + 1)];
    const [, version = '', date = ''] = /^\[([^\]]+)\](?: - (.*))?$/.exec(heading.trim()) ?? [];
    return { version, date, text: text.trim() };
  });
}

/**
 * @param {string} root
 * @param {Date} now
 */
export function changelogFaults(root, now) {
  const version = versionOf(root);
  const today = now.toISOString().slice(0, 10);
  const heading = `## [${version}] - ${today}`;
  const sections = sectionsOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  const [unreleased, ...released] = sections;
  if (unreleased?.version !== 'Unreleased')
    return [fault('CHANGELOG.md does not begin with ## [Unreleased]', `add this heading above ${heading}`)];
  const faults = [];
  if (hasEntries(unreleased))
    faults.push(
      fault(
        'CHANGELOG.md has entries that are in no version',
        `move the entries of [Unreleased] below the heading ${heading}`,
      ),
    );
  const own = released.find((section) => section.version === version);
  if (!own) {
    faults.push(
      fault(`CHANGELOG.md has no entry for ${version}`, `add the heading ${heading}, with what changed`),
    );
    return faults;
  }
  if (!isDate(own.date))
    faults.push(fault(`CHANGELOG.md has no date for ${version}`, `write the heading as ${heading}`));
  if (!hasEntries(own))
    faults.push(fault(`the entry for ${version} in CHANGELOG.md is empty`, 'say below it what changed'));
  if (released[0] !== own)
    faults.push(
      fault(
        `CHANGELOG.md has ${released[0]?.version} above ${version}`,
        'put the newest version first, or set the version with npm version',
      ),
    );
  return faults;
}

/** @param {Section} section */
function hasEntries({ text }) {
  return /^- \S/m.test(text);
}

/** @param {string} text */
function isDate(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) && new Date(text).toISOString().startsWith(text);
}

if (process.argv[1] === import.meta.filename) {
  const root = resolve(import.meta.dirname, '../..');
  const version = process.argv[2] ?? versionOf(root);
  const sections = sectionsOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  const own = sections.find((section) => section.version === version);
  if (!own) throw new Error(`CHANGELOG.md has no entry for ${version}`);
  console.log(own.text);
}
