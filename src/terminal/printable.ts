/** The bytes that a hint may have: an error with three faults and a hint stays below 2 KB. */
export const longestHint = 900;

/**
 * Makes foreign text safe for a terminal, a log line or an error: replaces control characters (also CR, LF),
 * invisible and direction-changing characters with U+FFFD, and cuts it after `cap` bytes of UTF-8.
 */
export function printable(text: string, cap = 300): string {
  // Almost all text is ASCII. The rest needs the Unicode tables, which load longer than all else in a hit.
  if (text.length <= cap && /^[\x20-\x7e]*$/.test(text)) return text;
  // Inside the function: V8 checks the literals of a file when it loads it, and this one loads the tables.
  const unsafe = /[\p{C}\p{Zl}\p{Zp}]/u;
  let safe = '';
  let bytes = 0;
  for (const character of text.toWellFormed()) {
    const shown = unsafe.test(character) ? '\uFFFD' : character;
    bytes += Buffer.byteLength(shown);
    if (bytes > cap) return `${safe}…`;
    safe += shown;
  }
  return safe;
}
