// Two builds of the same commit give the same bytes, so that anybody can check a published file.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from './checksums.mjs';
import { fault } from './fault.mjs';

/**
 * A build that puts its results into a folder.
 * @typedef {(folder: string) => readonly [program: string, ...words: string[]]} Build
 */

/** @type {Readonly<Record<string, Build>>} */
export const builds = {
  'npm pack': (folder) => ['npm', 'pack', '--loglevel=error', '--pack-destination', folder],
  'npm run build:executable': (folder) => [
    process.execPath,
    'scripts/executable/build.mjs',
    '--folder',
    folder,
  ],
};

/**
 * Runs each build twice, and returns a fault for each file that differs.
 * @param {string} root
 * @param {Readonly<Record<string, Build>>} all
 */
export function sameBuildFaults(root, all = builds) {
  const workshop = mkdtempSync(join(tmpdir(), 'daypass-release-'));
  try {
    return Object.entries(all).flatMap(([name, build], index) => {
      const [first = {}, second = {}] = ['first', 'second'].map((turn) => {
        const folder = join(workshop, `${index}`, turn);
        mkdirSync(folder, { recursive: true });
        const [program, ...words] = build(folder);
        const shell = process.platform === 'win32' && program === 'npm';
        execFileSync(program, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], shell });
        return hashesOf(folder);
      });
      const files = [...new Set([...Object.keys(first), ...Object.keys(second)])];
      const different = files.filter((file) => first[file] !== second[file]);
      if (files.length === 0) return [fault(`${name} built nothing`, `run ${name}, and read its output`)];
      return different.map((file) =>
        fault(
          `${name} gives another ${file} the second time`,
          'remove times, random values and paths of this machine from what the build writes',
        ),
      );
    });
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function hashesOf(folder) {
  return Object.fromEntries(readdirSync(folder).map((file) => [file, sha256Of(join(folder, file))]));
}
