import { type Keyring, startKeyring } from '../support/keyring.ts';
import type { Call, Case, FaultStage } from './fault.ts';

/** Makes the call with a keyring of its own, which the case may lock or stop. Other cases share one. */
export function withOwnKeyring(
  act: (stage: FaultStage, keyring: Keyring) => Promise<Call>,
): NonNullable<Case['act']> {
  return async (stage) => {
    const { env } = stage.sandbox;
    const before = { ...env };
    const keyring = await startKeyring();
    try {
      Object.assign(env, keyring.env);
      return await act(stage, keyring);
    } finally {
      Object.assign(env, before);
      await keyring.stop();
    }
  };
}
