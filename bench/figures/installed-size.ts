import { statSync } from 'node:fs';
import type { Figure } from '../figure.ts';

/** Measures the size on disk. Libraries stay dependencies of the npm package, so that audits see them. */
export const installedSize: Figure = {
  name: 'installed size',
  measure: async ({ installed, programs }) => {
    const { size } = statSync(programs.executable.program);
    return [
      { name: 'installed size', program: 'executable', values: [size / 1e6], unit: 'MB' },
      ...(installed
        ? ([
            { name: 'installed size', program: 'npm', values: [installed.bytes / 1e6], unit: 'MB' },
            { name: 'installed packages', program: 'npm', values: [installed.packages], unit: 'packages' },
          ] as const)
        : []),
    ];
  },
};
