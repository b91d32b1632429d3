/** Returns the variable that sets a proxy for https, and its value. Lower case comes first, as in curl and the AWS CLI. */
export function proxyVariable(env: NodeJS.ProcessEnv): { name: string; value: string } | undefined {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}
