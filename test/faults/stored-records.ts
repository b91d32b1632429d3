// Finds the records and the files of a stage.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultStage } from './fault.ts';

export function stateOf({ sandbox }: FaultStage): string {
  return join(sandbox.home, '.local', 'state', 'daypass');
}

/** Returns the folder of the only sign-in. */
export function folderOf(stage: FaultStage): string {
  const [key = ''] = readdirSync(stateOf(stage));
  return join(stateOf(stage), key);
}

export function secretFiles({ sandbox }: FaultStage): string[] {
  return Object.keys(sandbox.files()).filter((path) => path.endsWith('.secret'));
}

export interface Records {
  credentials: string;
  signIn: string;
}

/** Returns the account names of the stage's two records; other cases share its keyring. */
export async function recordsOf(stage: FaultStage): Promise<Records> {
  const [signInKey = ''] = readdirSync(stateOf(stage));
  const text = await stage.keyring.lookup('daypass', signInKey);
  const [credentials = ''] = JSON.parse(text ?? '{"credentials":[]}').credentials;
  return { credentials, signIn: signInKey };
}
