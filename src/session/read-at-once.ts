import type { Context } from '../context.ts';
import { writeErrorToCaller } from '../terminal.ts';
import { keychainUnresponsive } from './keychain-error.ts';

const longestRead = 20_000;

/**
 * Reads the credentials record in this very process, for the hit path. A keychain call that hangs would hang every ordinary way
 * to exit as well (Node waits for its thread), so when the deadline comes this tells the error and ends the process by a signal.
 */
export async function readAtOnce({ settings, keys, folder }: Context): Promise<string | undefined> {
  if (settings.store === 'file') {
    const { FileStore } = await import('./file-store.ts');
    return await new FileStore(folder).read(keys.credentials);
  }
  const { Keychain } = await import('./keychain.ts');
  const timer = setTimeout(
    () => {
      writeErrorToCaller(keychainUnresponsive());
      process.kill(process.pid, 'SIGKILL');
    },
    Math.min(longestRead, settings.timeout * 1000),
  );
  try {
    return await new Keychain().read(keys.credentials);
  } finally {
    clearTimeout(timer);
  }
}
