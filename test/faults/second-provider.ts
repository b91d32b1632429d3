import assert from 'node:assert/strict';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.ts';
import type { FaultStage } from './fault.ts';

/** Starts a second provider, which STS trusts, and adds the profile `other` that signs in there. */
export async function startSecondProvider({ sandbox, config, trust }: FaultStage): Promise<HostileProvider> {
  const second = await startHostileProvider();
  const [first] = trust;
  assert.ok(first);
  trust.push({ ...first, issuer: second.issuer, jwksUri: second.jwksUri, audience: second.clientId });
  const other = config({ daypass_issuer: second.issuer, daypass_client_id: second.clientId });
  sandbox.writeConfig(`${config()}\n${other.replace('profile developer', 'profile other')}`);
  return second;
}
