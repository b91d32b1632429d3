import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ownTarget, targetOf } from '../../scripts/executable/targets.mjs';
import { executableUnderTest } from './executable-under-test.ts';
import type { Program } from './sandbox.ts';

const root = resolve(import.meta.dirname, '../..');
const cache = join(root, 'dist-executable/tests');

/** Returns the executable under test, or that of these sources. Its folder has neither Node nor packages. */
export function buildExecutable(): Program {
  const path = executableUnderTest ?? executableFor(ownTarget());
  return { words: [path], path: dirname(path) };
}

/**
 * Returns the path of the executable for this target. Builds it unless these sources are already built, and
 * removes the executables of other sources before a build. Throws if the build fails.
 */
export function executableFor(target: string): string {
  const folder = join(cache, keyOfSources());
  const name = target === ownTarget() ? 'daypass' : `daypass-${target}`;
  const path = join(folder, `${name}${targetOf(target).ending}`);
  if (existsSync(path)) return path;
  for (const other of existsSync(cache) ? readdirSync(cache) : [])
    if (join(cache, other) !== folder) rmSync(join(cache, other), { recursive: true, force: true });
  build(folder, ['--target', target]);
  return path;
}

/** Builds the executable of this machine again, in a temporary folder, and returns its path. */
export function buildAgain(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-executable-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return build(folder, []);
}

function build(folder: string, options: readonly string[]): string {
  const script = join(root, 'scripts/executable/build.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--folder', folder, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(`the build of the executable failed:\n${stderr}`);
  return stdout.trim();
}

/** Returns a hash of all inputs of the build. The lockfiles represent the installed packages. */
function keyOfSources(): string {
  const hash = createHash('sha256');
  const scripts = ['scripts/bundles.mjs', 'scripts/executable'];
  for (const part of ['src', 'views', ...scripts, 'package.json', 'package-lock.json']) {
    for (const file of filesOf(join(root, part)))
      hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  return names.sort().flatMap((name) => filesOf(join(path, name)));
}
