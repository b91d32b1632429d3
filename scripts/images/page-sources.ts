import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Returns the hash of the files of which the page "Signed in" consists. */
export function pageSources(): string {
  const hash = createHash('sha256');
  for (const name of ['layout.eta', 'icon.eta', 'signed-in.eta', 'style.css'])
    hash.update(readFileSync(resolve(import.meta.dirname, '../../views', name)));
  return hash.digest('hex');
}
