import { parseArgs } from 'node:util';

export interface Options {
  /** The number of counted pairs of each timed figure. */
  pairs: number;
  /** Parts of figure names. Empty means all figures. */
  only: string[];
  /** The file for the results as JSON. */
  json: string | undefined;
  /** Writes the table into docs/performance.md. */
  write: boolean;
  /** Measures these programs instead of new builds of the sources. */
  npm: string | undefined;
  executable: string | undefined;
}

/**
 * Parses `--pairs N`, `--only NAME` (repeatable), `--json FILE`, `--write`, `--npm PROGRAM` and `--executable
 * PROGRAM`. Throws if a value is missing or not accepted.
 */
export function readOptions(argv: string[]): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      pairs: { type: 'string', default: '40' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
      npm: { type: 'string' },
      executable: { type: 'string' },
    },
  });
  const pairs = Number(values.pairs);
  if (!Number.isSafeInteger(pairs) || pairs < 1)
    throw new Error('--pairs needs a whole number of at least 1');
  const { only, json, write, npm, executable } = values;
  if (write && only.length > 0) throw new Error('--write needs all figures: remove --only');
  return { pairs, only, json, write, npm, executable };
}
