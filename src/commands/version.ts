import { writeOut } from '../terminal.ts';
import { version } from '../version.ts';

export const help = `daypass --version

Says which version of daypass this is.
`;

export async function run(): Promise<number> {
  writeOut(`daypass ${version()}\n`);
  return 0;
}
