import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates an empty folder that is deleted when this process ends, except by SIGKILL. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `daypass-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
