import type { Figure } from '../figure.ts';
import { runPairs } from '../pairs.ts';

/** 14 of 60 minutes are left: the call prints what is stored and leaves a renewal behind, which is not waited for. */
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
        // Its renewal would slow the other arm.
        await workplace.settled();
        return milliseconds;
      },
      () => time(bare),
    );
    return { values: ratios, milliseconds: subject };
  },
};
