import { type DaypassError, type ErrorReport, exitCodes, hintText } from '../errors.ts';
import { writeError } from '../terminal/command-error.ts';
import { writeOut, writeStderr } from '../terminal/terminal.ts';

/** Returns the one line that a command prints with `--json`. */
export function json(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** Returns an error for `--json`, with its hint as the one line that a terminal shows. */
export function errorFacts(
  { hint, ...report }: ErrorReport,
  exitCode: number = exitCodes[report.code],
): object {
  return { ...report, ...(hint ? { hint: hintText(hint) } : {}), exitCode };
}

/** Writes the error of a command with `--json` to stdout, or to stderr where stdout belongs to another program. */
export function writeErrorAsJson(
  error: DaypassError,
  { toStderr, exitCode }: { toStderr: boolean; exitCode?: number },
): void {
  try {
    const text = json({ error: errorFacts(error.toReport(), exitCode) });
    if (toStderr) writeStderr(text);
    else writeOut(text);
  } catch {
    // A full disk behind stdout, or a fault of ours: a person may still read the error.
    writeError(error);
  }
}
