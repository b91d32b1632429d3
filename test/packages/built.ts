// The packages of these sources, and what tries them: built before the tests, and kept until the sources change.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { builtOnce } from '../support/build-cache.ts';
import { executableFor } from '../support/executable.ts';

export const root = resolve(import.meta.dirname, '../..');

export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The time that all files of the packages have. */
export const time = 1_700_000_000;

/** Returns the folder of a clean Debian 13. Tests change it in memory alone. */
export const debian = async () =>
  join(await builtOnce('debian', join(import.meta.dirname, 'debian'), ''), 'root');

/** Returns the path of hadolint. */
export const hadolint = async () =>
  join(await builtOnce('hadolint', join(import.meta.dirname, 'hadolint'), ''), 'hadolint');

/** Builds all that the tests of this folder use. */
export async function buildPackageParts(): Promise<void> {
  const building = Promise.all([debian(), hadolint()]);
  packages();
  standInPackages('first');
  await building;
}

/** Returns the folder of the packages for Linux, made from the executables. */
export function packages(): string {
  const executables = dirname(executableFor('linux-arm64'));
  executableFor('linux-x64');
  return builtFrom(executables, join(executables, `packages-${key()}`), ['linux-x64', 'linux-arm64']);
}

/**
 * Returns the folder of packages for every target of the formula, made from small stand-ins: the program has no
 * influence on how a package is put together. `surroundings` and `mask` must change nothing.
 */
export function standInPackages(
  name: string,
  surroundings: Record<string, string> = {},
  mask = '022',
): string {
  const folder = join(dirname(executableFor('linux-x64')), `stand-ins-${key()}`);
  const executables = join(folder, 'executables');
  const notices = join(executables, 'THIRD-PARTY.txt');
  // Another test file may be copying them now.
  if (!existsSync(notices)) {
    mkdirSync(executables, { recursive: true });
    const words = '#!/bin/sh\necho "$*"\n#\0GLIBC_2.17\0\n';
    for (const target of ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])
      writeFileSync(join(executables, `daypass-${target}`), words, { mode: 0o755 });
    writeFileSync(notices, 'notices\n');
  }
  return builtFrom(
    executables,
    join(folder, name),
    readdirSync(executables).flatMap(targetIn),
    surroundings,
    mask,
  );
}

function targetIn(file: string): string[] {
  return file.startsWith('daypass-') ? [file.slice('daypass-'.length)] : [];
}

function builtFrom(
  executables: string,
  folder: string,
  targets: readonly string[],
  surroundings: Record<string, string> = {},
  mask = '022',
): string {
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  const script = join(root, 'scripts/packages/build.mjs');
  const named = targets.flatMap((target) => ['--target', target]);
  const words = [process.execPath, script, '--executables', executables, '--folder', part, ...named];
  execFileSync('/bin/sh', ['-c', `umask ${mask} && exec "$@"`, 'sh', ...words], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time), ...surroundings },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  renameSync(part, folder);
  return folder;
}

/** Returns a hash of the parts that the key of the executables does not cover. */
function key(): string {
  const hash = createHash('sha256');
  const folders = [
    'packages/deb',
    'packages/rpm',
    'packages/homebrew',
    'packages/docker',
    'scripts/packages',
  ];
  const others = ['LICENSE', 'man/daypass.1', 'scripts/release/checksums.mjs', 'test/packages/built.ts'];
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  );
  for (const path of [...paths.sort(), ...others])
    hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest('hex').slice(0, 12);
}
