import { childrenCpu } from '../children-cpu.ts';
import type { Figure, Measurement } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import { roundsOf } from '../rounds.ts';
import type { Command } from '../run.ts';
import type { Workplace } from '../workplace.ts';

const callers = 100;

/** Compares a hundred simultaneous hits, as in a build, to a hundred bare Nodes. */
export const parallelHits: readonly Figure[] = [
  {
    name: '100 parallel hits, CPU seconds',
    required: 1.7,
    aim: 1.4,
    measure: (workplace) => hits(workplace, cpu),
  },
  { name: '100 parallel hits, wall', measure: (workplace) => hits(workplace, wall) },
];

async function hits(
  workplace: Workplace,
  cost: (workplace: Workplace, command: Command) => Promise<number>,
): Promise<Measurement> {
  await workplace.signIn();
  const { ratios, subject } = await runPairs(
    roundsOf(workplace),
    () => cost(workplace, workplace.daypass),
    () => cost(workplace, workplace.bare),
  );
  return { values: ratios, milliseconds: subject };
}

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
