import { once } from 'node:events';
import { DaypassError } from '../errors.ts';
import type { Place } from '../process/expand-path.ts';
import { ensurePrivateFolder, stateDirectory } from '../state/directory.ts';
import { acquireLock, connectToHolder } from '../state/lock.ts';
import { assertOwnFile } from './own-file.ts';

/** Milliseconds for another `configure` to write a file; it asks no questions while it holds the lock. */
const patience = 10_000;

/**
 * Runs `write` while no other `configure` of this person writes: otherwise each could replace the file
 * without the lines that the other added. Throws `io`, `bad-configuration` for the copy of `exec --server`,
 * and the errors of `write`.
 */
export async function withWriteLock<Result>(place: Place, write: () => Result): Promise<Result> {
  assertOwnFile(place);
  const { env, home } = place;
  const folder = ensurePrivateFolder(stateDirectory(env, home), 'configure');
  const deadline = AbortSignal.timeout(patience);
  for (;;) {
    const lock = await acquireLock(folder, 'write');
    if (lock) {
      try {
        return write();
      } finally {
        await lock.release();
      }
    }
    const holder = await connectToHolder(folder, 'write');
    if (!holder) continue;
    try {
      // The connection ends with the lock.
      await once(holder.resume(), 'close', { signal: deadline });
    } catch (cause) {
      if (!deadline.aborted) continue;
      throw new DaypassError('io', 'another daypass configure is writing and does not end', {
        hint: { advice: 'end that process', again: true },
        cause,
      });
    } finally {
      holder.destroy();
    }
  }
}
