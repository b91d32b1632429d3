import type { DaypassError } from '../errors.ts';
import { paint } from './style.ts';
import { formatError, writeStderr } from './terminal.ts';

/** Writes the error of a command to stderr, with colours on a terminal. Best effort. */
export function writeError(error: DaypassError): void {
  writeStderr(formatError(error, (tone, word) => paint(tone, word, process.stderr)));
}
