import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Returns a file and all files that it imports, directly or not, except for type imports. */
export function usedFiles(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, names, target = ''] of readFileSync(file, 'utf8').matchAll(imports)) {
    if (!names?.startsWith('type ')) usedFiles(resolve(dirname(file), target), found);
  }
  return found;
}

const imports = /^(?:import|export) ([^;]*?)\s?from '(\.{1,2}\/[^']+)';$/gm;
