import type { Agent } from 'node:https';
import { DaypassError } from '../errors.ts';
import { bundleInUse, type CaBundle } from './authorities.ts';
import { proxyVariable } from './proxy.ts';

/**
 * Returns the agent for `url`, or undefined if it needs no proxy and no further authorities. Every connection
 * of fetch and of the AWS SDK passes here. Throws `unsafe-environment` and `bad-configuration`.
 */
export async function agentFor(
  url: string,
  caBundle: CaBundle | undefined,
  env = process.env,
): Promise<Agent | undefined> {
  const unverified = unverifiedTls(env);
  if (unverified) throw unverified;
  const bundle = bundleInUse(caBundle, env);
  if (!url.startsWith('https:') || !(bundle || proxyVariable(env))) return undefined;
  // With DEBUG the agent writes addresses to stderr, and with them the proxy's password.
  delete env.DEBUG;
  const { companyAgent } = await import('./agent.ts');
  return companyAgent(url, bundle, env);
}

/** Returns an error if certificate checks are off: anyone could impersonate the provider or STS. */
export function unverifiedTls({ NODE_TLS_REJECT_UNAUTHORIZED }: NodeJS.ProcessEnv): DaypassError | undefined {
  if (NODE_TLS_REJECT_UNAUTHORIZED !== '0') return undefined;
  const fault = 'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anyone read the tokens';
  const hint = "remove it, and set AWS_CA_BUNDLE to your company's CA file instead";
  return new DaypassError('unsafe-environment', fault, { hint });
}
