import type { Context } from '../context.ts';
import { writeErrorToCaller } from '../terminal.ts';
import { openKeychain } from './keychain.ts';
import { keychainUnresponsive } from './keychain-error.ts';

const longestRead = 20_000;
/** So that what a sign-in brings in the last moment is still found; clients allow for more beyond `--timeout`. */
const shortestRead = 1000;

/**
 * Reads the credentials record in this very process, for the hit path. A keychain call that hangs would hang every ordinary way
 * to exit as well (Node waits for its thread), so when the deadline comes this tells the error and ends the process by a signal.
 */
export async function readAtOnce(context: Context): Promise<string | undefined> {
  const { settings, keys } = context;
  if (settings.store === 'file') {
    const { FileStore } = await import('./file-store.ts');
    return await new FileStore(context.folder).read(keys.credentials);
  }
  const keychain = await openKeychain();
  const answer = inOneThread(() => keychain.read(keys.credentials));
  let waiting = true;
  // Set only now: the call runs in a thread of its own, and what this one does meanwhile costs nothing. It is not cleared, which would.
  setTimeout(
    () => {
      if (!waiting) return;
      writeErrorToCaller(keychainUnresponsive());
      process.kill(process.pid, 'SIGKILL');
    },
    // The process's own age counts: a read after a sign-in must not begin the time of the whole call anew.
    Math.min(longestRead, Math.max(shortestRead, (settings.timeout - process.uptime()) * 1000)),
  ).unref();
  try {
    return await answer;
  } finally {
    waiting = false;
  }
}

/** libuv starts four threads for the first call that needs one, and waits for each; here one call is made at a time. */
function inOneThread<Result>(call: () => Result): Result {
  const { UV_THREADPOOL_SIZE } = process.env;
  process.env.UV_THREADPOOL_SIZE = '1';
  try {
    return call();
  } finally {
    if (UV_THREADPOOL_SIZE === undefined) delete process.env.UV_THREADPOOL_SIZE;
    else process.env.UV_THREADPOOL_SIZE = UV_THREADPOOL_SIZE;
  }
}
