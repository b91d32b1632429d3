import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Program } from './sandbox.ts';

/** Builds the single executable in a temporary folder that has neither Node nor packages. */
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
