import type { Figure } from './figure.ts';
import { awsCli } from './figures/aws-cli.ts';
import { backgroundBand } from './figures/background-band.ts';
import { hit } from './figures/hit.ts';
import { installedSize } from './figures/installed-size.ts';
import { missToLink } from './figures/miss-to-link.ts';
import { neighbours } from './figures/neighbours.ts';
import { parallelHits } from './figures/parallel-hits.ts';
import { peakMemory } from './figures/peak-memory.ts';
import { sharedSignIn } from './figures/shared-sign-in.ts';
import { silentRefresh } from './figures/silent-refresh.ts';
import { status } from './figures/status.ts';

/** The figures in the order of the table. */
export const figures: readonly Figure[] = [
  hit,
  status,
  backgroundBand,
  silentRefresh,
  missToLink,
  parallelHits,
  sharedSignIn,
  peakMemory,
  ...awsCli,
  installedSize,
  ...neighbours,
];
