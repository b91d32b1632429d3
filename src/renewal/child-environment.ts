const secret = /^(AWS_(?!CA_BUNDLE$)|DAYPASS_)|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY/i;
const dangerous = /^(NODE_OPTIONS|NODE_DEBUG|NODE_V8_COVERAGE|DEBUG)$/;

/**
 * The environment of the renewal, and so of the browser that it starts: a browser hands its environment on to everything it
 * runs. What a desktop, a session bus, a proxy or a private CA needs is kept.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !secret.test(name) && !dangerous.test(name)),
  );
}
