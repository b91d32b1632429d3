import { join } from 'node:path';
import { builtOnce } from '../support/build-cache.ts';
import { executableFor } from '../support/executable.ts';
import { buildWindows } from '../windows/windows.ts';

/** Returns the root of a Linux for arm64, which contains only a C library. */
export const linuxArm64 = async () => join(await built('linux-arm64'), 'root');

/** Returns a folder with musl and libstdc++ for musl. */
export const musl = () => built('linux-x64-musl');

/** The targets whose executables these tests run or check. */
export const otherTargets = ['linux-arm64', 'linux-x64-musl', 'windows-x64', 'darwin-arm64', 'darwin-x64'];

/** Builds everything for the tests of this folder, which have no network. Returns the folder of Windows. */
export async function buildSystems(): Promise<string> {
  for (const target of otherTargets) executableFor(target);
  await Promise.all([linuxArm64(), musl()]);
  return buildWindows();
}

function built(name: string): Promise<string> {
  return builtOnce(name, join(import.meta.dirname, name), '');
}
