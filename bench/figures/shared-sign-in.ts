import { signInOverHttp } from '../../test/support/sign-in-over-http.mjs';
import type { Figure } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import { roundsOf } from '../rounds.ts';
import { run } from '../run.ts';

const callers = 100;

/** Measures a hundred calls without a session that share one immediate sign-in. */
export const sharedSignIn: Figure = {
  name: '100 callers sharing one sign-in, wall',
  async measure(workplace) {
    const { time, daypass, bare, env, links, stage } = workplace;
    const rounds = roundsOf(workplace);
    const tabs = links.tabs;
    const stsCalls = stage.sts.calls.length;
    const { ratios, subject } = await runPairs(
      rounds,
      async () => {
        await workplace.forget();
        const start = performance.now();
        const calls = Promise.all(
          Array.from({ length: callers }, () => run(daypass, { ...env, DAYPASS_BROWSER: links.browser })),
        );
        await signInOverHttp(await links.nextLink());
        const answers = new Set((await calls).map(({ stdout }) => stdout));
        const milliseconds = performance.now() - start;
        if (answers.size !== 1) throw new Error('the callers got different credentials');
        await workplace.settled();
        return milliseconds;
      },
      async () => {
        const start = performance.now();
        await Promise.all(Array.from({ length: callers }, () => time(bare)));
        return performance.now() - start;
      },
    );
    const each = (count: number) => count / (rounds + 1);
    const note = `÷ 100 bare at once; ${each(links.tabs - tabs)} tabs, ${each(stage.sts.calls.length - stsCalls)} STS calls a round`;
    return { values: ratios, milliseconds: subject, note };
  },
};
