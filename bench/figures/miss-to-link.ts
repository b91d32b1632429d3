import type { Figure } from '../figure.ts';
import { ratios } from '../pairs.ts';
import { run } from '../run.ts';

/** Measures a miss from the start of the call until the browser program has the link. */
export const missToLink: Figure = {
  name: 'miss to link',
  async measure(workplace) {
    const { time, bare, env, links, pairs, each } = workplace;
    const subjects = each((command) => async () => {
      await workplace.forget();
      const start = performance.now();
      const call = run(command, { ...env, DAYPASS_BROWSER: links.browser });
      // The call is killed below, so it fails.
      const ended = call.catch(() => {});
      await Promise.race([links.nextLink(), call]);
      const milliseconds = performance.now() - start;
      await workplace.forget();
      await ended;
      return milliseconds;
    });
    return ratios('miss to link', pairs, subjects, () => time(bare));
  },
};
