import { readText } from '../program.ts';
import { writeOut } from '../terminal.ts';

export const help = `daypass --version

Says which version of daypass this is.
`;

export async function run(): Promise<number> {
  writeOut(`daypass ${JSON.parse(readText('package.json')).version}\n`);
  return 0;
}
