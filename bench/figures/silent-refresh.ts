import type { Figure } from '../figure.ts';
import { ratios } from '../pairs.ts';

/** Measures a call that waits for a refresh and for STS, because everything but the refresh token has expired. */
export const silentRefresh: Figure = {
  name: 'silent refresh',
  async measure(workplace) {
    const { time, bare, pairs, stage, links, each } = workplace;
    await workplace.signIn();
    const tabs = links.tabs;
    const refreshes = stage.provider.counts.refresh;
    let calls = 0;
    const subjects = each((command) => async () => {
      await workplace.age(120);
      const milliseconds = await time(command);
      await workplace.settled();
      calls += 1;
      return milliseconds;
    });
    const result = await ratios('silent refresh', pairs, subjects, () => time(bare));
    if (links.tabs !== tabs || stage.provider.counts.refresh - refreshes !== calls) {
      throw new Error('not every call of the silent refresh refreshed once');
    }
    return result;
  },
};
