import { type Cost, costOf } from '../cost.ts';
import type { Figure } from '../figure.ts';
import { type Run, runPairs } from '../pairs.ts';
import { credentialsAccount } from '../records.ts';
import type { Command } from '../run.ts';

/** Measures a hit, and for comparison a lookup of the same entry with `secret-tool`. */
export const hit: Figure = {
  name: 'cache hit',
  async measure(workplace) {
    await workplace.signIn();
    const { bare, env, pairs, programs, stage } = workplace;
    const account = await credentialsAccount(stage.keyring);
    const lookup = {
      program: '/usr/bin/secret-tool',
      args: ['lookup', 'service', 'daypass', 'account', account],
    };
    const run =
      (command: Command): Run<Cost> =>
      () =>
        costOf(command, env);
    const subjects = {
      executable: run(programs.executable),
      npm: run(programs.npm),
      'secret-tool': run(lookup),
    };
    const results = await runPairs(pairs, subjects, run(bare));
    return (['wall', 'CPU'] as const).flatMap((what) => {
      const key = what === 'wall' ? 'wall' : 'cpu';
      return results.map(([program, each]) => ({
        name: `hit, ${what}`,
        program,
        values: each.map(({ subject, unit }) => subject[key] / unit[key]),
        milliseconds: each.map(({ subject }) => subject[key]),
      }));
    });
  },
};
