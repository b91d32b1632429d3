import { parseArgs } from 'node:util';

export interface Options {
  /** The number of counted pairs of each timed figure. */
  pairs: number;
  /** Parts of figure names. Empty means all figures. */
  only: string[];
  /** The file for the results as JSON. */
  json: string | undefined;
}

/** Parses `--pairs N`, `--only NAME` (repeatable) and `--json FILE`. */
export function readOptions(argv: string[]): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      pairs: { type: 'string', default: '30' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
    },
  });
  const pairs = Number(values.pairs);
  if (!Number.isSafeInteger(pairs) || pairs < 1) throw new Error('--pairs needs a whole number');
  return { pairs, only: values.only, json: values.json };
}
