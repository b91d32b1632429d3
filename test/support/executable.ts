import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Program } from './sandbox.ts';

/** Builds the single executable into a folder of its own, where it finds neither Node nor packages. It goes with this process. */
export function buildExecutable(): Program {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-executable-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const build = resolve(import.meta.dirname, '../../scripts/build-sea.mjs');
  const { status, stderr } = spawnSync(process.execPath, [build, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`the executable was not built:\n${stderr}`);
  return { words: [join(folder, 'daypass')], path: folder };
}
