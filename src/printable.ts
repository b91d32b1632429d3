const cap = 300;

/**
 * Text of foreign origin made fit for a terminal, a log line or an error: control characters (CR and LF too), invisible
 * and direction-changing characters become U+FFFD, and it ends after 300 code points.
 */
export function printable(text: string): string {
  // As a rule; the tables of Unicode, which the rest needs, take longer to load than all else that a hit does.
  if (text.length <= cap && /^[\x20-\x7e]*$/.test(text)) return text;
  // Within the function: V8 checks literals as it loads a file, and this one needs the tables of Unicode, which a hit does not.
  const unsafe = /[\p{C}\p{Zl}\p{Zp}]/u;
  const points = [...text.toWellFormed()];
  const safe = points.slice(0, cap).map((point) => (unsafe.test(point) ? '\uFFFD' : point));
  return points.length > cap ? `${safe.join('')}…` : safe.join('');
}
