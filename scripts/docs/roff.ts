// Writes man(7): https://man.openbsd.org/man.7
import { wrap } from './markup.ts';

/** What roff reads as something else, and the characters that terminals show otherwise. */
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\e',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '…': '...',
  '–': '\\(en',
};

/** Returns plain text as roff. Throws for a character without an escape. */
export function escaped(text: string): string {
  return [...text]
    .map((character) => {
      const written = escapes[character] ?? character;
      if (!/^[\x20-\x7e]+$/.test(written)) throw new Error(`roff.ts has no escape for ${character}: ${text}`);
      return written;
    })
    .join('');
}

/** Returns code as roff: a minus that a person can copy, and no line break. */
export function literal(text: string): string {
  return escaped(text).replaceAll('-', '\\-');
}

/** Returns the same in bold. */
export function bold(text: string): string {
  return `\\fB${literal(text)}\\fR`;
}

/** The sections of the man page that have what sections of the other pages have. */
const sections: ReadonlyMap<string, string> = new Map([
  ['settings.md#exit-codes', 'EXIT STATUS'],
  ['settings.md#each-setting', 'SETTINGS'],
  ['configure.md#more-roles-with-one-sign-in', 'EXAMPLES'],
]);

/** Returns a text with markup as lines of roff. */
export function prose(text: string): string {
  const alone = text.replace(/\[([^\]]*)\]\((\S*?)\)/g, (_link, shown: string, target: string) => {
    const own = sections.get(target);
    if (own !== undefined) return own;
    if (/^((settings|commands)\.md)?(#|$)/.test(target)) return shown;
    // An address is too long for a line of a terminal.
    if (target.startsWith('https:')) return shown;
    const file = `docs/${target.replace(/#.*/, '')}`;
    return shown.endsWith('.md') ? file : `${shown} (${file})`;
  });
  return wrap(alone, 100)
    .map((line) => {
      const words = line.split(/`([^`]*)`/).map((part, index) => (index % 2 ? bold(part) : escaped(part)));
      return notMacro(words.join(''));
    })
    .join('\n');
}

/** Returns lines that keep their breaks and blanks. */
export function codeBlock(lines: readonly string[]): string {
  return ['.PP', '.nf', ...lines.map((line) => notMacro(literal(line))), '.fi'].join('\n');
}

/** Returns a term with its text below it. */
export function item(term: string, text: string): string {
  return `.TP\n${notMacro(term)}\n${text}`;
}

/** A line that begins with a dot would be a macro. */
function notMacro(line: string): string {
  return line.startsWith('.') ? `\\&${line}` : line;
}
