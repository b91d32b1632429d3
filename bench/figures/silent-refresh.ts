import type { Figure } from '../figure.ts';
import { runPairs } from '../pairs.ts';

/**
 * Measures a call that waits for a refresh and for STS, because everything but the refresh token has expired.
 */
export const silentRefresh: Figure = {
  name: 'silent refresh',
  required: 12,
  aim: 8,
  async measure(workplace) {
    const { time, daypass, bare, pairs, stage, links } = workplace;
    await workplace.signIn();
    const tabs = links.tabs;
    const refreshes = stage.provider.counts.refresh;
    const { ratios, subject } = await runPairs(
      pairs,
      async () => {
        await workplace.age(120);
        const milliseconds = await time(daypass);
        await workplace.settled();
        return milliseconds;
      },
      () => time(bare),
    );
    if (links.tabs !== tabs || stage.provider.counts.refresh - refreshes !== pairs + 1) {
      throw new Error('not every call of the silent refresh refreshed once');
    }
    return { values: ratios, milliseconds: subject };
  },
};
