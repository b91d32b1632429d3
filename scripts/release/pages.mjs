// Replaces the version in pages whose commands name a file of the release. `npm version` runs it with the old and the
// new version in its environment. By hand: node scripts/release/pages.mjs OLD NEW
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Pages with commands to copy, which have to name the newest release. */
export const pages = ['docs/install.md'];

/**
 * Returns the versions of the downloads in a page.
 * @param {string} text
 */
export function downloadsOf(text) {
  return [...text.matchAll(/\/releases\/download\/v([^/\s]+)\//g)].map(([, version = '']) => version);
}

/**
 * Returns the text with the other version.
 * @param {string} text
 * @param {string} old
 * @param {string} version
 */
export function withVersion(text, old, version) {
  return text.replace(new RegExp(`(?<![\\d.])${old.replaceAll('.', '\\.')}(?![\\d.]*\\d)`, 'g'), version);
}

if (process.argv[1] === import.meta.filename) {
  const [, , old = process.env.npm_old_version, version = process.env.npm_new_version] = process.argv;
  if (!old || !version) throw new Error('usage: node scripts/release/pages.mjs OLD NEW');
  for (const page of pages) {
    const path = join(resolve(import.meta.dirname, '../..'), page);
    if (existsSync(path)) writeFileSync(path, withVersion(readFileSync(path, 'utf8'), old, version));
  }
}
