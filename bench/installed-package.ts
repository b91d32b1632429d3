import { lstatSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { npm } from './npm.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface InstalledPackage {
  /** The program on a person's PATH. */
  bin: string;
  /** The bytes on disk, with all dependencies. */
  bytes: number;
  /** The number of packages: daypass and all its dependencies. */
  packages: number;
}

/** Packs this repository and installs it with `npm install -g` below a temporary prefix. */
export async function installPackage(npmEnv: Record<string, string>): Promise<InstalledPackage> {
  const folder = temporaryFolder('bench-package');
  const repository = resolve(import.meta.dirname, '..');
  const packed = await npm(['pack', '--silent', '--pack-destination', folder], repository, npmEnv);
  const tarball = join(folder, packed.trim().split('\n').at(-1) ?? '');
  const prefix = join(folder, 'prefix');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await npm(['install', '--global', '--prefix', prefix, '--omit=dev', ...quiet, tarball], folder, npmEnv);
  const list = await npm(['ls', '--global', '--prefix', prefix, '--all', '--parseable'], folder, npmEnv);
  return {
    bin: join(prefix, 'bin', 'daypass'),
    bytes: bytesOnDisk(join(prefix, 'lib', 'node_modules')),
    // The first line is the prefix itself.
    packages: list.trim().split('\n').length - 1,
  };
}

/** Returns the disk usage, as `du` does, which is more than the length of many small files. */
function bytesOnDisk(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true });
  const own = lstatSync(folder).blocks * 512;
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesOnDisk(path) : lstatSync(path).blocks * 512);
  }, own);
}
