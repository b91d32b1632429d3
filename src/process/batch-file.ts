import { DaypassError } from '../errors.ts';

// Passes arguments through cmd.exe, which runs batch files and reads every command line as a line of a script
// (CVE-2024-27980). docs/decisions.md, "Batch files on Windows", has the reasons.

/** Returns whether Windows runs a file with cmd.exe. */
export function isBatchFile(path: string): boolean {
  return /\.(bat|cmd)$/i.test(path);
}

/** The characters that a command line of cmd.exe may have. */
// https://learn.microsoft.com/troubleshoot/windows-client/shell-experience/command-line-string-limitation
const longestLine = 8191;

/** No AutoRun commands; extensions on; `!` is text; cmd.exe removes the quotes around the line. */
export const interpreterOptions = ['/d', '/e:on', '/v:off', '/s', '/c'] as const;

/**
 * Returns the line after `/c` that runs a batch file with exactly these arguments. Throws `usage` for what no
 * line can pass.
 */
export function batchLine(file: string, args: readonly string[]): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it finds them
  const position = [file, ...args].findIndex((word) => /[\x00-\x08\x0a-\x1f]/.test(word));
  if (position >= 0) {
    // Do not print its text, which may be a secret.
    const which = position > 0 ? `argument ${position}` : 'its path';
    const fault = `a batch file cannot receive line breaks or control characters: ${which} has one`;
    const hint = 'run the program that the batch file starts, or put the text into a file';
    throw new DaypassError('usage', fault, { hint });
  }
  const words = [`"${quotedText(file)}"`, ...args.map(batchWord)];
  const line = `"${words.join(' ')}"`;
  if (line.length <= longestLine) return line;
  throw new DaypassError(
    'usage',
    `the command line is longer than the ${longestLine} characters that cmd.exe accepts`,
    {
      hint: 'run the program that the batch file starts, or put the arguments into a file',
    },
  );
}

/**
 * Returns an argument as cmd.exe and the C runtime read it. Quotes only where needed: a batch file may compare
 * `"%1"` with a word.
 */
export function batchWord(word: string): string {
  const isPlain = /^[\w#$*+./:?@\\-]+$/.test(word) && !word.endsWith('\\');
  return isPlain ? word : `"${quotedText(word)}"`;
}

/**
 * Returns text for between two quotes. A quote is doubled: cmd.exe leaves the quotes and enters them again, and
 * the C runtime reads one quote. Backslashes before a quote are doubled for the C runtime alone. cmd.exe
 * expands `%NAME%` in quotes too, so an expansion to nothing follows each percent sign: no name can begin there.
 */
function quotedText(text: string): string {
  let quoted = '';
  let backslashes = 0;
  for (const character of text) {
    if (character === '"') quoted += `${'\\'.repeat(backslashes)}"`;
    quoted += character === '%' ? '%%cd:~,%' : character;
    backslashes = character === '\\' ? backslashes + 1 : 0;
  }
  return `${quoted}${'\\'.repeat(backslashes)}`;
}
