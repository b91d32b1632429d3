import type { Figure } from '../figure.ts';

/** Measures the size of `npm install -g`. Libraries stay ordinary dependencies, so that audits see them. */
export const installedSize: readonly Figure[] = [
  {
    name: 'installed size',
    required: 30,
    aim: 20,
    measure: async ({ installed }) => ({ values: [installed.bytes / 1e6], unit: 'MB', note: 'on disk' }),
  },
  {
    name: 'installed packages',
    measure: async ({ installed }) => ({ values: [installed.packages], unit: 'packages' }),
  },
];
