import type { Figure } from '../figure.ts';
import { runPairs } from '../pairs.ts';

/** Everything but the refresh token has expired: token endpoint, STS, and the credentials printed by the call that waited. */
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
