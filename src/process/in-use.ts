import { systemCode } from '../errors.ts';
import { block } from '../terminal/terminal.ts';

/** Milliseconds that a program on Windows may keep a file. */
const patience = 2000;
/** Milliseconds. Short, since a file that others read all the time is free for moments only. Windows may add 15. */
const longestPause = 4;

const clock = { now: () => performance.now(), pauseFor: block };

/**
 * Runs an action on a file. On Windows, retries for up to 2 s while another program has the file open: a
 * reader, a virus scanner or an indexer. libuv reports ERROR_SHARING_VIOLATION as EBUSY, and ERROR_ACCESS_DENIED,
 * also that of a file that is being deleted, as EPERM. Blocks this thread. Throws the error of the last try.
 * https://learn.microsoft.com/windows/win32/fileio/creating-and-opening-files
 */
export function whileInUse<Result>(
  action: () => Result,
  isWindows = process.platform === 'win32',
  { now, pauseFor } = clock,
): Result {
  let since: number | undefined;
  for (let pause = 1; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return action();
    } catch (error) {
      const isInUse = isWindows && /^(EPERM|EACCES|EBUSY)$/.test(systemCode(error) ?? '');
      if (!isInUse) throw error;
      since ??= now();
      if (now() - since >= patience) throw error;
      pauseFor(pause);
    }
  }
}
