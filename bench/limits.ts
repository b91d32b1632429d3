import type { Measurement } from './figure.ts';

/** The limits of a median: it must not exceed `required`, and `aim` is the goal. */
export interface Limit {
  required: number;
  aim: number;
}

/**
 * The limits by `PROGRAM: NAME`. They are ratios to a bare start of Node, with exceptions: sizes and the
 * memory of a renewal are in MB, `status` is a ratio to a hit, and the AWS CLI is a ratio to itself with
 * `cat`.
 */
const limits: Readonly<Record<string, Limit>> = {
  'executable: hit, wall': { required: 1, aim: 0.85 },
  'executable: hit, CPU': { required: 0.8, aim: 0.7 },
  'executable: silent refresh': { required: 6, aim: 5 },
  'executable: miss to link': { required: 5, aim: 4 },
  'executable: 100 parallel hits, CPU': { required: 0.85, aim: 0.75 },
  'executable: renewal, peak RSS': { required: 70, aim: 60 },
  'executable: aws configure export-credentials': { required: 1.05, aim: 1.03 },
  'executable: aws sts get-caller-identity': { required: 1.05, aim: 1.03 },
  'npm: hit, wall': { required: 1.75, aim: 1.6 },
  'npm: status': { required: 3, aim: 2 },
  'npm: status --json': { required: 3, aim: 2 },
  'npm: silent refresh': { required: 12, aim: 8 },
  'npm: miss to link': { required: 14, aim: 8 },
  'npm: 100 parallel hits, CPU': { required: 1.7, aim: 1.4 },
  'npm: hit, peak RSS': { required: 1.25, aim: 1.15 },
  'npm: aws configure export-credentials': { required: 1.1, aim: 1.05 },
  'npm: aws sts get-caller-identity': { required: 1.1, aim: 1.05 },
  'npm: installed size': { required: 30, aim: 20 },
};

/** Returns the limits of a measurement; undefined if it has none. */
export function limitOf({ program, name }: Pick<Measurement, 'program' | 'name'>): Limit | undefined {
  return limits[`${program}: ${name}`];
}
