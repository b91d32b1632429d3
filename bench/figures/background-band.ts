import type { Figure } from '../figure.ts';
import { runPairs } from '../pairs.ts';

/**
 * Measures a call with 14 of 60 minutes left. It prints the stored credentials and renews in the background.
 */
export const backgroundBand: Figure = {
  name: 'background-band call',
  async measure(workplace) {
    const { time, daypass, bare, pairs } = workplace;
    await workplace.signIn();
    const { ratios, subject } = await runPairs(
      pairs,
      async () => {
        await workplace.age(46);
        const milliseconds = await time(daypass);
        // The renewal would slow down the other measurement.
        await workplace.settled();
        return milliseconds;
      },
      () => time(bare),
    );
    return { values: ratios, milliseconds: subject };
  },
};
