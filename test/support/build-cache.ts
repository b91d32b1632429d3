// What tests build from downloads, in the cache of the user: a clean clone need not build it again.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'daypass-tests');
const keptDays = 30;

/**
 * Returns the folder of the cache in which `build.sh` of the folder `sources` has built `name`, and runs it if
 * nothing has. The name of the folder follows from the sources and from `tools`, the versions of what builds
 * them. Throws if the build fails.
 */
export async function builtOnce(name: string, sources: string, tools: string): Promise<string> {
  mkdirSync(cache, { recursive: true });
  removeUnused();
  const folder = join(cache, `${name}-${keyOf(sources, tools)}`);
  const began = performance.now();
  // Two runs at once: the second waits and finds the folder. The rename shows it when it is complete.
  const steps =
    'test -d "$0" || { rm -rf "$0.part" && mkdir "$0.part" && sh build.sh "$0.part" && mv "$0.part" "$0"; }';
  const words = [`${folder}.lock`, '/bin/sh', '-c', steps, folder];
  const isThere = existsSync(folder);
  const child = spawn('/usr/bin/flock', words, { cwd: sources, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${join(sources, 'build.sh')}:\n${stdout}${stderr}`);
  if (!isThere)
    console.error(`built ${name} in ${Math.round((performance.now() - began) / 1000)} s: ${folder}`);
  utimesSync(folder, new Date(), new Date());
  return folder;
}

/** Returns a hash of the sources, the versions that they pin, and the tools that build them. */
function keyOf(sources: string, tools: string): string {
  const hash = createHash('sha256').update(process.arch).update(tools);
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
