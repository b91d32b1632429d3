// Text as Python takes it apart: botocore reads the AWS files with Python's configparser and shlex.

// Python has more blanks and line ends than JavaScript, and a byte order mark is none of them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python strips them
const visible = /[^\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at them
const lineEnds = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Returns the text without the blanks around it, as `str.strip` does. */
export function stripped(text: string): string {
  const start = text.search(visible);
  // Not by a pattern that ends in `$`: many blanks within a line would take quadratic time.
  let end = text.length;
  while (end > start && !visible.test(text.charAt(end - 1))) end--;
  return start < 0 ? '' : text.slice(start, end);
}

/** Returns the lines of a text, as `str.splitlines` does. */
export function splitLines(text: string): string[] {
  return text.split(lineEnds);
}

/** Returns the words of a text, as `shlex.split` does; undefined for an open quote or a last backslash. */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\' && quote !== "'") {
      index++;
      if (index === text.length) return undefined;
      const next = text.charAt(index);
      // Within double quotes, a backslash escapes nothing but these two.
      word = (word ?? '') + (quote && next !== '"' && next !== '\\' ? `\\${next}` : next);
    } else if (quote) {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
