import { version } from '../process/program.ts';
import { writeOut } from '../terminal/terminal.ts';

export const help = `daypass --version

Prints the version of daypass.
`;

export async function run(): Promise<number> {
  writeOut(`daypass ${version()}\n`);
  return 0;
}
