import { asDaypassError, DaypassError, systemCode } from '../errors.ts';
import type { Place } from '../process/expand-path.ts';
import { writeOut } from '../terminal/terminal.ts';
import { withWriteLock } from './write-lock.ts';

/**
 * Writes the AWS config file under its lock, and returns the result. If the file cannot be changed, as one that Nix
 * made, prints the sections for the person to paste (not with `isJson`), and throws `io`.
 */
export async function writeOrPrint<Result>(
  write: () => Result,
  sections: () => string,
  place: Place,
  isJson: boolean,
): Promise<Result> {
  try {
    return await withWriteLock(place, write);
  } catch (thrown) {
    const error = asDaypassError(thrown);
    if (!['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error.cause) ?? '')) throw error;
    const section = sections();
    // Without --print, stdout may be the log of a build.
    const shown = section.split('\n').map(withoutSecret).join('\n');
    if (!isJson) writeOut(shown);
    const also = shown === section ? '' : ' with the values that are not shown';
    const copied = isJson ? 'section that --print prints' : `printed section${also}`;
    throw new DaypassError(error.code, error.faults, {
      hint: `copy the ${copied} to the source of that file (Nix, a dotfiles repository), or make it writable: ${error.hint}`,
      cause: error,
    });
  }
}

/** Hides the value of a line whose key is that of a secret, in any spelling, also in a comment or a block. */
function withoutSecret(line: string): string {
  const delimiter = line.search(/[=:]/);
  const isSecret = delimiter >= 0 && /secret|password|token/i.test(line.slice(0, delimiter));
  return isSecret ? `${line.slice(0, delimiter + 1)} (not shown)` : line;
}
