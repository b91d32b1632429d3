import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An empty folder that goes when this process ends, however it ends short of SIGKILL. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `daypass-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
