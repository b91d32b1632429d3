import type { Agent } from 'node:https';
import { proxyVariable } from './proxy-variable.ts';
import { unverifiedTls } from './unverified-tls.ts';

/**
 * Returns the agent for connections to `url`, or undefined where Node's own way needs no proxy and no further authorities. Every
 * connection of fetch and of the AWS SDK passes here. Throws `unsafe-environment` and `bad-configuration`.
 */
export async function agentFor(url: string, env = process.env): Promise<Agent | undefined> {
  const unverified = unverifiedTls(env);
  if (unverified) throw unverified;
  if (!url.startsWith('https:') || !(env.AWS_CA_BUNDLE || proxyVariable(env))) return undefined;
  // With DEBUG the agent writes addresses to stderr, and with them the proxy's password.
  delete env.DEBUG;
  const { companyAgent } = await import('./agent.ts');
  return companyAgent(url, env);
}
