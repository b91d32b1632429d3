import { join } from 'node:path';
import { ensurePrivateFolder, replaceFile } from './directory.ts';
import { withoutTimes } from './outcome.ts';
import { readJsonIfAny } from './own-file.ts';

// Some AWS clients call daypass several times for one request, and hide its errors each time.

/** Milliseconds between the end of a call and a start by the same client that belongs to the same request. */
const repetition = 5000;

/** The content of `told.json`; no secret. */
interface Told {
  client: string;
  /** Without the times that differ at each call. */
  text: string;
  /** Milliseconds since 1970. */
  at: number;
}

/**
 * Notes that the terminal shows this error of a call. Returns false if it showed the same one just before the
 * same client started this call. Throws `io` and `unsafe-directory`.
 */
export function noteTold(state: string, client: string, shown: string): boolean {
  const text = withoutTimes(shown);
  const path = join(ensurePrivateFolder(state, 'told'), 'told.json');
  const last = readJsonIfAny(path) as Told | undefined;
  const now = Date.now();
  const isSame = last?.client === client && last.text === text && last.at <= now;
  if (isSame && performance.timeOrigin - last.at < repetition) return false;
  replaceFile(path, JSON.stringify({ client, text, at: now } satisfies Told));
  return true;
}
