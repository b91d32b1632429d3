import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

/** Returns the files of the stage's known calls. */
export function knownCalls({ sandbox }: Pick<Stage, 'sandbox'>): string[] {
  try {
    return readdirSync(join(sandbox.home, '.local/state/daypass/calls'));
  } catch {
    return [];
  }
}

/** Waits until calls can become known: daypass stores none while the config file is very new. */
export async function configSettles({ sandbox }: Pick<Stage, 'sandbox'>): Promise<void> {
  const { ctimeMs } = statSync(join(sandbox.home, '.aws/config'));
  await until(() => Date.now() - ctimeMs > 2000, 'the config file is old enough');
}
