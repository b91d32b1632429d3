const cap = 300;

/**
 * Text of foreign origin made fit for a terminal, a log line or an error: control characters (CR and LF too), invisible
 * and direction-changing characters become U+FFFD, and it ends after 300 code points.
 */
export function printable(text: string): string {
  const points = [...text.toWellFormed()];
  const safe = points.slice(0, cap).map((point) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(point) ? '\uFFFD' : point));
  return points.length > cap ? `${safe.join('')}…` : safe.join('');
}
