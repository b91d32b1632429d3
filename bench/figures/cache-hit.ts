import type { Figure, Measurement } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import type { Command } from '../run.ts';
import type { Workplace } from '../workplace.ts';

/** Measures a hit, which AWS clients cause at every command. */
export const cacheHit: readonly Figure[] = [
  {
    name: 'cache hit, npm bin',
    required: 1.6,
    aim: 1.45,
    measure: (workplace) => hits(workplace, workplace.daypass),
  },
  {
    name: 'cache hit, SEA',
    required: 1.5,
    aim: Number(process.versions.node.split('.')[0]) >= 24 ? 1.25 : 1.35,
    async measure(workplace) {
      if (!workplace.sea) return { skipped: 'dist-sea/daypass is not there' };
      return hits(workplace, workplace.sea);
    },
  },
];

async function hits(workplace: Workplace, command: Command): Promise<Measurement> {
  await workplace.signIn();
  const { time, bare, pairs } = workplace;
  const { ratios, subject } = await runPairs(
    pairs,
    () => time(command),
    () => time(bare),
  );
  return { values: ratios, milliseconds: subject };
}
