import type { Figure } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import { run } from '../run.ts';

/** Nothing is stored: from the start of the call until the program in the browser's place has its link. */
export const missToLink: Figure = {
  name: 'miss → link handed to the launcher',
  required: 14,
  aim: 8,
  async measure(workplace) {
    const { time, daypass, bare, env, links, pairs } = workplace;
    const { ratios, subject } = await runPairs(
      pairs,
      async () => {
        await workplace.forget();
        const start = performance.now();
        const call = run(daypass, { ...env, DAYPASS_BROWSER: links.browser });
        // It is killed below, so it cannot end well.
        const ended = call.catch(() => {});
        await Promise.race([links.nextLink(), call]);
        const milliseconds = performance.now() - start;
        await workplace.forget();
        await ended;
        return milliseconds;
      },
      () => time(bare),
    );
    return { values: ratios, milliseconds: subject };
  },
};
