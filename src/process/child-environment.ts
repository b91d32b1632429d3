import { environmentOf } from './variables.ts';

const secret = /^(AWS_(?!CA_BUNDLE$)|DAYPASS_)|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY/i;
const dangerous = /^(NODE_OPTIONS|NODE_DEBUG|NODE_PRESERVE_SYMLINKS(_MAIN)?|NODE_V8_COVERAGE|DEBUG|BUN_.*)$/;
const dangerousInAnyCase = new RegExp(dangerous, 'i');

/**
 * Returns the environment for a renewal and a keychain process: no secrets and no variables that change Node
 * or, in the single executable, Bun.
 * It keeps all that daypass and its libraries may need, and that `browserEnvironment` selects from.
 */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  isWindows = process.platform === 'win32',
): NodeJS.ProcessEnv {
  const changesNode = isWindows ? dangerousInAnyCase : dangerous;
  const kept = Object.entries(env).filter(([name]) => !secret.test(name) && !changesNode.test(name));
  return environmentOf(kept, isWindows);
}
