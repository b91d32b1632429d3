const secret = /^(AWS_(?!CA_BUNDLE$)|DAYPASS_)|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY/i;
const dangerous = /^(NODE_OPTIONS|NODE_DEBUG|NODE_V8_COVERAGE|DEBUG)$/;

/**
 * Returns the environment for a renewal, a keychain process, and the browser, which passes it on: no secrets
 * and no variables that change Node. It keeps those of a desktop, WSL, a session bus, a proxy, a private CA.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !secret.test(name) && !dangerous.test(name));
  return Object.fromEntries(kept);
}
