import type { Figure } from '../figure.ts';
import { ratios } from '../pairs.ts';

/** Measures a call with 14 of 60 minutes left. It prints the stored credentials and renews in the background. */
export const backgroundBand: Figure = {
  name: 'background-band call',
  async measure(workplace) {
    const { time, bare, pairs, each } = workplace;
    await workplace.signIn();
    const subjects = each((command) => async () => {
      await workplace.age(46);
      const milliseconds = await time(command);
      // The renewal would slow down the other measurement.
      await workplace.settled();
      return milliseconds;
    });
    return ratios('background-band call', pairs, subjects, () => time(bare));
  },
};
