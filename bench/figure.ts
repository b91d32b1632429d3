import type { Workplace } from './workplace.ts';

/** One line of the table of results. */
export interface Figure {
  name: string;
  /** The upper limit of the median, from issue 5. */
  required?: number;
  aim?: number;
  measure(workplace: Workplace): Promise<Measurement>;
}

/** Returns a value for each pair or round, or the reason why there is none. */
export type Measurement =
  | {
      /** Ratios, unless `unit` names another unit. */
      values: number[];
      unit?: 'MB' | 'packages';
      /** Absolute values of the subject. They are valid only for this machine. */
      milliseconds?: number[];
      note?: string;
    }
  | { skipped: string };
