import type { Workplace } from './workplace.ts';

/** The programs that are measured side by side, in the order of the page. */
export const programNames = ['executable', 'npm', 'secret-tool'] as const;
export type ProgramName = (typeof programNames)[number];

/** One or more lines of the results, measured together. `--only` selects them by `name`. */
export interface Figure {
  name: string;
  measure(workplace: Workplace): Promise<readonly Measurement[]>;
}

export interface Measurement {
  /** The name of the line, such as `hit, wall`. */
  name: string;
  program?: ProgramName;
  /** One value for each pair or round: a ratio, unless `unit` is set. If empty, `note` gives the reason. */
  values: readonly number[];
  unit?: 'MB' | 'packages';
  /** Absolute values of the subject. They are valid only for this machine. */
  milliseconds?: readonly number[];
  note?: string;
}

/** Returns the line of a figure that this machine cannot measure. */
export function skipped(name: string, reason: string): Measurement {
  return { name, values: [], note: `SKIPPED: ${reason}` };
}
