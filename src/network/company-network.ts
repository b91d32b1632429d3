import type { Agent } from 'node:https';
import { proxyVariable } from './proxy-variable.ts';

/**
 * How `url` is reached where Node's own way is not that of the company: its proxy, its certificates. Undefined where it is. What that takes
 * is loaded only then. Throws `bad-configuration`.
 */
export async function agentFor(url: string, env = process.env): Promise<Agent | undefined> {
  if (!url.startsWith('https:') || !(env.AWS_CA_BUNDLE || proxyVariable(env))) return undefined;
  // It would write addresses, a proxy's password with them, to stderr.
  delete env.DEBUG;
  const { companyAgent } = await import('./agent.ts');
  return companyAgent(url, env);
}
