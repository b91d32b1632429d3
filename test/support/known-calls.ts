import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** The calls of this stage whose settings are known. */
export function knownCalls({ sandbox }: Pick<Stage, 'sandbox'>): string[] {
  try {
    return readdirSync(join(sandbox.home, '.local/state/daypass/calls'));
  } catch {
    return [];
  }
}

/** Until what is in the config file may be kept: it is not, as long as it has just been written. */
export async function configSettles({ sandbox }: Pick<Stage, 'sandbox'>): Promise<void> {
  const { ctimeMs } = statSync(join(sandbox.home, '.aws/config'));
  await until(() => Date.now() - ctimeMs > 2000, 'the config file is old enough');
}
