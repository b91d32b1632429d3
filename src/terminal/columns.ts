import { closeSync } from 'node:fs';
import { WriteStream } from 'node:tty';
import { openTerminal } from './terminal.ts';

/** Returns the columns of a terminal. The lines of a file or pipe are for programs, and not split. */
export function columns(stream: NodeJS.WriteStream = process.stdout): number {
  if (!stream.isTTY) return Number.POSITIVE_INFINITY;
  // A pseudo-terminal without a size reports 0.
  return stream.columns || 80;
}

/**
 * Returns the columns of the terminal device, which stdout may not lead to, or 80 if it does not tell them. Closes the
 * descriptor.
 */
export function terminalColumns(terminal = openTerminal()): number {
  if (terminal === undefined) return 80;
  try {
    const stream = new WriteStream(terminal);
    stream.destroy();
    return stream.columns || 80;
  } catch {
    // It has hung up meanwhile, or a container has a file in its place.
    closeSync(terminal);
    return 80;
  }
}

/** Returns the columns that a text takes: colours and combining marks take none, and wide characters two. */
export function shownWidth(text: string): number {
  const plain = text.includes('\x1b')
    ? process.getBuiltinModule('node:util').stripVTControlCharacters(text)
    : text;
  if (/^[\x20-\x7e✓✗…]*$/.test(plain)) return plain.length;
  // Inside the function, since these load the Unicode tables. https://www.unicode.org/reports/tr11/
  const none = /[\p{M}\p{Cf}]/u;
  const two =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
  let width = 0;
  for (const character of plain) width += none.test(character) ? 0 : two.test(character) ? 2 : 1;
  return width;
}

/** Returns the text with blanks behind it, so that it takes this many columns. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - shownWidth(text)));
}

/** Splits a text at its spaces into lines of at most this many columns, if no word is longer. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && shownWidth(line) + 1 + shownWidth(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Returns the lines of a text; the rest of a line that is too long for `width` goes on below it. */
export function fitLines(text: string, width: number): string {
  const fit = (line: string) => (shownWidth(line) <= width ? line : wrapped(line, width - 2).join('\n  '));
  return text.split('\n').map(fit).join('\n');
}

/** A text with its label. One that is `whole`, such as a command that a person copies, is not split. */
export type Labelled = readonly [label: string, text: string, whole?: boolean];

/** Returns lines with a label in front; a text that is too long for `width` goes on below itself. */
export function labelled(rows: readonly Labelled[], width: number): string[] {
  const indent = 2 + Math.max(...rows.map(([label]) => shownWidth(label))) + 2;
  const room = Math.max(24, width - indent);
  return rows.flatMap(([label, text, whole]) =>
    (whole ? [text] : wrapped(text, room)).map(
      (line, index) => `${padded(index === 0 ? `  ${label}` : '', indent)}${line}`,
    ),
  );
}
