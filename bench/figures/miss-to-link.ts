import type { Figure } from '../figure.ts';
import { runPairs } from '../pairs.ts';
import { run } from '../run.ts';

/** Measures a miss from the start of the call until the browser program has the link. */
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
        // The call is killed below, so it fails.
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
