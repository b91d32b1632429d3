import { type Allowed, type OddText, oddCharacters } from '../aws-config/odd-characters.ts';

/** Returns what a repair removes, and the rest; undefined if there is nothing to remove. */
type Repair = (text: string, allowed: Allowed) => [mark: string, rest: string] | undefined;

const repairs: readonly Repair[] = [
  function blanks(text) {
    const rest = text.trim();
    return rest === text ? undefined : ['blanks around it', rest];
  },
  function quotes(text, { grouping }) {
    const [, mark, rest = ''] = (grouping ? /^(['`])(.*)\1$/s : /^(["'`])(.*)\1$/s).exec(text) ?? [];
    return mark ? [`quotation marks (${mark})`, rest] : undefined;
  },
  function comment(text, { grouping }) {
    const shown = grouping ? text.replace(/"[^"]*"/g, (words) => '"'.repeat(words.length)) : text;
    const start = shown.search(/\s[#;]/);
    return start < 0 ? undefined : [`the comment at its end (${shown[start + 1]})`, text.slice(0, start)];
  },
  function openQuote(text, { grouping, secret }) {
    const [mark] = (!secret && (grouping ? /^['`]|['`]$/ : /^["'`]|["'`]$/).exec(text)) || [];
    if (!mark) return undefined;
    if (text.split(mark).length % 2 === 0)
      return [`the quotation mark ${mark}`, text.startsWith(mark) ? text.slice(1) : text.slice(0, -1)];
    // It closes one within the text: of a query, or of words that only double quotes would group.
    return grouping ? [`the quotation mark ${mark}`, text.replaceAll(mark, '"')] : undefined;
  },
];

/**
 * Finds what a chat, a word processor or another kind of file leaves in a value: characters that look like
 * others or are invisible, quotation marks, blanks around it, and a comment behind it.
 */
export function oddText(text: string, allowed: Allowed = {}): OddText | undefined {
  const odd = /[^\t\x20-\x7e]/.test(text) ? oddCharacters(text, allowed) : undefined;
  const marks = odd?.marks ?? [];
  const from = odd ? odd.clean : text;
  const clean = from === undefined ? undefined : repaired(from, allowed, marks);
  return marks.length > 0 ? { marks: [...new Set(marks)], clean } : undefined;
}

function repaired(text: string, allowed: Allowed, marks: string[]): string {
  for (const repair of repairs) {
    const found = repair(text, allowed);
    if (!found) continue;
    const [mark, rest] = found;
    marks.push(mark);
    return repaired(rest, allowed, marks);
  }
  return text;
}
