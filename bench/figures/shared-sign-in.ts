import { signInOverHttp } from '../../test/support/sign-in-over-http.mjs';
import type { Figure } from '../figure.ts';
import { ratios } from '../pairs.ts';
import { roundsOf } from '../rounds.ts';
import { run } from '../run.ts';

const callers = 100;

/** Measures a hundred calls without a session that share one immediate sign-in. */
export const sharedSignIn: Figure = {
  name: '100 callers sharing one sign-in',
  async measure(workplace) {
    const { time, bare, env, links, stage, each } = workplace;
    const tabs = links.tabs;
    const stsCalls = stage.sts.calls.length;
    let signIns = 0;
    const subjects = each((command) => async () => {
      await workplace.forget();
      const start = performance.now();
      const calls = Promise.all(
        Array.from({ length: callers }, () => run(command, { ...env, DAYPASS_BROWSER: links.browser })),
      );
      await signInOverHttp(await links.nextLink());
      const answers = new Set((await calls).map(({ stdout }) => stdout));
      const milliseconds = performance.now() - start;
      if (answers.size !== 1) throw new Error('the callers got different credentials');
      await workplace.settled();
      signIns += 1;
      return milliseconds;
    });
    const result = await ratios(
      '100 callers sharing one sign-in, wall',
      roundsOf(workplace),
      subjects,
      async () => {
        const start = performance.now();
        await Promise.all(Array.from({ length: callers }, () => time(bare)));
        return performance.now() - start;
      },
      '÷ 100 bare at once',
    );
    if (links.tabs - tabs !== signIns || stage.sts.calls.length - stsCalls !== signIns)
      throw new Error('not every sign-in had one tab and one call of STS');
    return result;
  },
};
