/** Bytes that a hint may have: with three faults before it an error stays below 2 KB. */
export const longestHint = 900;

/**
 * Text of foreign origin made fit for a terminal, a log line or an error: control characters (CR and LF too), invisible
 * and direction-changing characters become U+FFFD, and it ends after `cap` bytes of UTF-8.
 */
export function printable(text: string, cap = 300): string {
  // As a rule; the tables of Unicode, which the rest needs, take longer to load than all else that a hit does.
  if (text.length <= cap && /^[\x20-\x7e]*$/.test(text)) return text;
  // Within the function: V8 checks literals as it loads a file, and this one needs the tables of Unicode, which a hit does not.
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
