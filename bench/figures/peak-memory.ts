import { existsSync } from 'node:fs';
import { signInOverHttp } from '../../test/support/sign-in-over-http.mjs';
import { type Figure, type Measurement, skipped } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import { peakOfCommand, peakOfRenewal, timeProgram } from '../peak-memory.ts';
import { roundsOf } from '../rounds.ts';
import { type Command, run } from '../run.ts';
import type { Workplace } from '../workplace.ts';

/** Measures the largest resident set of the reader and of the renewal. */
export const peakMemory: Figure = {
  name: 'peak RSS',
  async measure(workplace) {
    const { env, pairs, links } = workplace;
    if (!existsSync(timeProgram)) return [skipped('peak RSS', `${timeProgram} is missing (Debian: time)`)];
    const renewal = (renew: () => Promise<unknown>) => peakOfRenewal(workplace.stage.sandbox, renew);
    await workplace.signIn();
    return [
      ...(await peaks(workplace, 'hit, peak RSS', 'ratio', pairs, (command) => peakOfCommand(command, env))),
      ...(await peaks(workplace, 'renewal, peak RSS', 'MB', roundsOf(workplace), async (command) => {
        await workplace.age(120);
        return renewal(() => workplace.time(command));
      })),
      ...(await peaks(
        workplace,
        'renewal with a browser, peak RSS',
        'MB',
        roundsOf(workplace),
        async (command) => {
          await workplace.forget();
          return renewal(async () => {
            const call = run(command, { ...env, DAYPASS_BROWSER: links.browser });
            await signInOverHttp(await links.nextLink());
            await call;
          });
        },
      )),
    ];
  },
};

/** Measures in pairs with a bare Node. Returns ratios to the memory of Node, or megabytes. */
async function peaks(
  { each, bare, env }: Workplace,
  name: string,
  unit: 'ratio' | 'MB',
  count: number,
  peak: (command: Command) => Promise<number>,
): Promise<Measurement[]> {
  const results = await runPairs(
    count,
    each((command) => () => peak(command)),
    () => peakOfCommand(bare, env),
  );
  return results.map(([program, pairs]) => ({
    name,
    program,
    ...(unit === 'MB'
      ? { values: pairs.map(({ subject }) => subject / 1000), unit }
      : { values: pairs.map((each) => each.subject / each.unit) }),
    note: `${Math.max(...pairs.map(({ subject }) => subject / 1000)).toFixed(0)} MB at most`,
  }));
}
