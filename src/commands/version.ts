import { readFileSync } from 'node:fs';
import { writeOut } from '../terminal.ts';

export function version(): number {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  writeOut(`daypass ${JSON.parse(text).version}\n`);
  return 0;
}
