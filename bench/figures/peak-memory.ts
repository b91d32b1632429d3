import { existsSync } from 'node:fs';
import { signInOverHttp } from '../../test/support/sign-in-over-http.mjs';
import type { Figure, Measurement } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import { peakOfCommand, peakOfRenewal, timeProgram } from '../peak-memory.ts';
import { roundsOf } from '../rounds.ts';
import { type Command, run } from '../run.ts';
import type { Workplace } from '../workplace.ts';

/** Measures the largest resident set of the reader and of the renewal. */
export const peakMemory: readonly Figure[] = [
  {
    name: 'peak RSS of a hit, npm bin',
    required: 1.25,
    aim: 1.15,
    measure: (workplace) => ofHit(workplace, workplace.daypass),
  },
  {
    name: 'peak RSS of a hit, SEA',
    async measure(workplace) {
      if (!workplace.sea) return { skipped: 'dist-sea/daypass is not there' };
      return ofHit(workplace, workplace.sea);
    },
  },
  {
    name: 'peak RSS of a renewal, silent refresh',
    measure: (workplace) =>
      ofRenewal(workplace, async () => {
        await workplace.age(120);
        await workplace.time(workplace.daypass);
      }),
  },
  {
    name: 'peak RSS of a renewal, browser',
    measure: (workplace) =>
      ofRenewal(workplace, async () => {
        const { daypass, env, links } = workplace;
        await workplace.forget();
        const call = run(daypass, { ...env, DAYPASS_BROWSER: links.browser });
        await signInOverHttp(await links.nextLink());
        await call;
      }),
  },
];

async function ofHit(workplace: Workplace, command: Command): Promise<Measurement> {
  if (!existsSync(timeProgram)) return { skipped: `${timeProgram} is not there (Debian: time)` };
  await workplace.signIn();
  const { bare, env, pairs } = workplace;
  const { ratios, subject } = await runPairs(
    pairs,
    () => peakOfCommand(command, env),
    () => peakOfCommand(bare, env),
  );
  return { values: ratios, note: megabytes(subject) };
}

async function ofRenewal(workplace: Workplace, renew: () => Promise<void>): Promise<Measurement> {
  if (!existsSync(timeProgram)) return { skipped: `${timeProgram} is not there (Debian: time)` };
  await workplace.signIn();
  const { bare, env, stage } = workplace;
  const { ratios, subject } = await runPairs(
    roundsOf(workplace),
    () => peakOfRenewal(stage.sandbox, renew),
    () => peakOfCommand(bare, env),
  );
  return { values: ratios, note: megabytes(subject) };
}

function megabytes(kilobytes: number[]): string {
  return `${(Math.max(...kilobytes) / 1000).toFixed(0)} MB at most`;
}
