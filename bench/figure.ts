import type { Workplace } from './workplace.ts';

/** One line of the table. */
export interface Figure {
  name: string;
  /** What issue 5 asks of it: the median must not be above. */
  required?: number;
  aim?: number;
  measure(workplace: Workplace): Promise<Measurement>;
}

/** What came out: a value for each pair or round, or why there is none. */
export type Measurement =
  | {
      /** Ratios, unless `unit` says otherwise. */
      values: number[];
      unit?: 'MB' | 'packages';
      /** Of the subject by itself: they mean something on this machine only. */
      milliseconds?: number[];
      note?: string;
    }
  | { skipped: string };
