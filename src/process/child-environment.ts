const secret = /^(AWS_(?!CA_BUNDLE$)|DAYPASS_)|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY/i;
const dangerous = /^(NODE_OPTIONS|NODE_DEBUG|NODE_V8_COVERAGE|DEBUG)$/;

/**
 * The environment of what we start of our own accord: the renewal, the keychain's process, and the browser, which hands it on to
 * everything that it runs. What a desktop, WSL, a session bus, a proxy or a private CA needs is kept.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !secret.test(name) && !dangerous.test(name)),
  );
}
