// Builds the clients that use the newest AWS SDKs. The results stay in the cache of the user, so that a clean
// clone need not build them again. test/run.ts passes their folders in DAYPASS_TEST_BUILT.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The folders below programs/, the part of the machine that builds each, and what tells its version. */
const programs = {
  'go-v2-newest': { part: 'Go 1.24 or newer', version: ['go', 'version'] },
  jvm: { part: 'Maven and a JDK', version: ['/usr/bin/java', '-version'] },
  python: { part: "Python's venv", version: ['/usr/bin/python3', '--version'] },
  rust: { part: 'Rust 1.94 or newer', version: ['cargo', '--version'] },
} as const;

type Program = keyof typeof programs;

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'daypass-tests');
const keptDays = 30;

/** Builds the clients that are not in the cache yet, side by side. Returns their folders. Throws if one fails. */
export async function buildNewest(missing: readonly string[]): Promise<Record<string, string>> {
  const able = (Object.keys(programs) as Program[]).filter((name) => !missing.includes(programs[name].part));
  mkdirSync(cache, { recursive: true });
  removeUnused();
  return Object.fromEntries(await Promise.all(able.map(async (name) => [name, await build(name)] as const)));
}

/** Returns the folder of a client that test/run.ts has built. */
export function newestFolder(name: Program): string {
  return JSON.parse(process.env.DAYPASS_TEST_BUILT ?? '{}')[name];
}

async function build(name: Program): Promise<string> {
  const sources = join(import.meta.dirname, 'programs', name);
  const folder = join(cache, `${name}-${keyOf(name, sources)}`);
  const began = performance.now();
  // Two runs at once: the second waits and finds the folder. The rename shows it when it is complete.
  const steps =
    'test -d "$0" || { rm -rf "$0.part" && mkdir "$0.part" && sh build.sh "$0.part" && mv "$0.part" "$0"; }';
  const words = [`${folder}.lock`, '/bin/sh', '-c', steps, folder];
  const isThere = existsSync(folder);
  const child = spawn('/usr/bin/flock', words, { cwd: sources, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`test/clients/programs/${name}/build.sh:\n${stdout}${stderr}`);
  if (!isThere)
    console.error(`built ${name} in ${Math.round((performance.now() - began) / 1000)} s: ${folder}`);
  utimesSync(folder, new Date(), new Date());
  return folder;
}

/** Returns a hash of the sources, the versions that they pin, and the tools that build them. */
function keyOf(name: Program, sources: string): string {
  const hash = createHash('sha256').update(process.arch);
  const [file, ...args] = programs[name].version;
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  hash.update(stdout + stderr);
  for (const path of readdirSync(sources, { recursive: true, encoding: 'utf8' }).sort()) {
    if (statSync(join(sources, path)).isFile())
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(sources, path)))
        .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** Removes what no run has used for a month. */
function removeUnused(): void {
  for (const entry of readdirSync(cache)) {
    const path = join(cache, entry);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > keptDays * 86_400_000) rmSync(path, { recursive: true, force: true });
  }
}
