// Writes SHA256SUMS for all files of a folder, as `sha256sum --check` reads it.
// Usage: node scripts/release/checksums.mjs FOLDER
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const name = 'SHA256SUMS';

/**
 * Returns the SHA-256 of a file, in hexadecimal.
 * @param {string} path
 */
export function sha256Of(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/**
 * Returns the text of SHA256SUMS.
 * @param {Readonly<Record<string, string>>} sums by the names of the files
 */
export function sumLines(sums) {
  return Object.keys(sums)
    .sort()
    .map((file) => `${sums[file]}  ${file}\n`)
    .join('');
}

/**
 * Returns the text of SHA256SUMS for a folder. GitHub renames a file whose name has another character than these, such
 * as the `~` in packages of a version before a release, so this renames it first.
 * @param {string} folder
 */
export function checksums(folder) {
  for (const file of readdirSync(folder)) {
    const plain = file.replace(/[^\w.-]/g, '.');
    if (plain !== file) renameSync(join(folder, file), join(folder, plain));
  }
  const files = readdirSync(folder).filter((file) => file !== name);
  if (files.length === 0) throw new Error(`${folder} has no files`);
  return sumLines(Object.fromEntries(files.map((file) => [file, sha256Of(join(folder, file))])));
}

if (process.argv[1] === import.meta.filename) {
  const [, , folder] = process.argv;
  if (!folder) throw new Error('usage: node scripts/release/checksums.mjs FOLDER');
  const text = checksums(folder);
  writeFileSync(join(folder, name), text);
  process.stdout.write(text);
}
