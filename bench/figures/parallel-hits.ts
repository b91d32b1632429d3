import { childrenCpu } from '../children-cpu.ts';
import type { Figure } from '../figure.ts';
import { ratios } from '../pairs.ts';
import { roundsOf } from '../rounds.ts';
import type { Command } from '../run.ts';
import type { Workplace } from '../workplace.ts';

const callers = 100;

/** Compares a hundred simultaneous hits, as in a build, to a hundred bare Nodes. */
export const parallelHits: Figure = {
  name: '100 parallel hits',
  async measure(workplace) {
    await workplace.signIn();
    const measure = (what: string, cost: typeof cpu) =>
      ratios(
        `100 parallel hits, ${what}`,
        roundsOf(workplace),
        workplace.each((command) => () => cost(workplace, command)),
        () => cost(workplace, workplace.bare),
      );
    return [...(await measure('CPU', cpu)), ...(await measure('wall', wall))];
  },
};

/** Returns the CPU milliseconds of all processes together, with their children. */
async function cpu(workplace: Workplace, command: Command): Promise<number> {
  const before = childrenCpu();
  await wall(workplace, command);
  return (childrenCpu() - before) * 1000;
}

async function wall({ time }: Workplace, command: Command): Promise<number> {
  const start = performance.now();
  await Promise.all(Array.from({ length: callers }, () => time(command)));
  return performance.now() - start;
}
