import { testedProgram } from './sandbox.ts';
import type { Stage } from './stage.ts';

/** Runs daypass on a terminal of so many columns. Returns the lines that it shows. */
export async function shownAt({ sandbox }: Stage, columns: number, ...args: string[]): Promise<string[]> {
  const size = `/usr/bin/stty cols ${columns} rows 40 && exec "$@"`;
  const words = ['sh', '-c', size, 'sh', ...testedProgram.words, ...args];
  const run = sandbox.runProgramInTerminal(words, { wholly: true });
  await run.exit;
  return run.terminalText().replaceAll('\r', '').trimEnd().split('\n');
}
