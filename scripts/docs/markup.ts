// The markup of the texts: `code`, and [links](target). Pages show it as it is; the man page translates it.
import { type CommandName, commandForms } from '../../src/settings/arguments.ts';

const commandNames = (Object.keys(commandForms) as CommandName[]).join('|');

/** The words in a help that are code: commands, options, variables, paths and a few names. */
const code = new RegExp(
  [
    `daypass (?:${commandNames})(?: --[a-z][\\w-]*)*`,
    '(?<![\\w-])--[a-z][\\w-]*',
    '\\b_?[A-Z]+_[A-Z_]*',
    '~/[\\w./-]*\\w',
    '\\bcredential_process\\b',
    '\\bawsCredentialExport\\b',
    '\\bnohup\\b',
  ].join('|'),
  'g',
);

/** Returns a text of a help, which is plain, with markup. */
export function marked(text: string): string {
  return text.replace(/docs\/(\w+)\.md/g, '[$1.md]($1.md)').replace(code, '`$&`');
}

/** Returns the first letter as a capital, and a full stop at the end. */
export function asSentence(text: string): string {
  const begun = /^[a-z]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.:]$/.test(begun) ? begun : `${begun}.`;
}

/** Splits a text into lines of at most `width` columns, but never within code. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Returns a table. A bar would end a cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  const [first = [], ...others] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n');
}

/** The words of a usage: what a person types is bold, and what stands for something else is in italics. */
export function usageWords(usage: string): { kind: 'typed' | 'value' | 'sign'; text: string }[] {
  const words = usage.split(/([[\]| ]+|…|\.\.\.)/).filter((text) => text !== '');
  return words.map((text) => {
    if (/^[[\]| ….]+$/.test(text)) return { kind: 'sign', text };
    return { kind: /^[A-Z]+$/.test(text) ? 'value' : 'typed', text };
  });
}
