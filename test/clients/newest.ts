// Builds the clients that use the newest AWS SDKs. test/run.ts passes their folders in DAYPASS_TEST_BUILT.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { builtOnce } from '../support/build-cache.ts';

/** The folders below programs/, the part of the machine that builds each, and what tells its version. */
const programs = {
  'go-v2-newest': { part: 'Go 1.24 or newer', version: ['go', 'version'] },
  jvm: { part: 'Maven and a JDK', version: ['/usr/bin/java', '-version'] },
  python: { part: "Python's venv", version: ['/usr/bin/python3', '--version'] },
  ruby: { part: 'Ruby with the AWS SDK', version: ['/usr/bin/ruby', '--version'] },
  rust: { part: 'Rust 1.94 or newer', version: ['cargo', '--version'] },
} as const;

type Program = keyof typeof programs;

/** Builds the clients that are not in the cache yet, side by side. Returns their folders. Throws if one fails. */
export async function buildNewest(missing: readonly string[]): Promise<Record<string, string>> {
  const able = (Object.keys(programs) as Program[]).filter((name) => !missing.includes(programs[name].part));
  return Object.fromEntries(await Promise.all(able.map(async (name) => [name, await build(name)] as const)));
}

/** Returns the folder of a client that test/run.ts has built. */
export function newestFolder(name: Program): string {
  return JSON.parse(process.env.DAYPASS_TEST_BUILT ?? '{}')[name];
}

function build(name: Program): Promise<string> {
  const [file, ...args] = programs[name].version;
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  return builtOnce(name, join(import.meta.dirname, 'programs', name), stdout + stderr);
}
