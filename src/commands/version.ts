import { readText } from '../program.ts';
import { writeOut } from '../terminal.ts';

export function version(): number {
  writeOut(`daypass ${JSON.parse(readText('package.json')).version}\n`);
  return 0;
}
