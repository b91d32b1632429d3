import type { Figure } from '../figure.ts';
import { ratios } from '../pairs.ts';

/** Compares `status`, which shell prompts call, to a hit of the same program. */
export const status: Figure = {
  name: 'status',
  async measure(workplace) {
    await workplace.signIn();
    const { pairs, programs } = workplace;
    const measured = [];
    for (const name of ['executable', 'npm'] as const) {
      const { program, args } = programs[name];
      const hit = () => workplace.time(programs[name]);
      for (const options of [[], ['--json']]) {
        const run = () => workplace.time({ program, args: ['status', ...options, ...args] });
        measured.push(
          ...(await ratios(['status', ...options].join(' '), pairs, { [name]: run }, hit, '÷ a hit')),
        );
      }
    }
    return measured;
  },
};
