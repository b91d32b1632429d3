/** A longer word than any name of daypass is no misspelling, and comparing it would take long. */
const longest = 128;
const most = 3;

/**
 * Returns up to three of the names that a person may have meant by a word, the nearest first. A third of the
 * letters may differ, capitals and dashes do not count, and a word may be the beginning of a name.
 */
export function nearest(word: string, names: Iterable<string>): string[] {
  if (word.length > longest) return [];
  const typed = plain(word);
  return [...new Set(names)]
    .flatMap((name) => {
      const known = plain(name);
      const far = distance(typed, known);
      const allowed = Math.min(3, Math.floor(Math.max(typed.length, known.length) / 3));
      if (far <= allowed) return [{ name, far }];
      return typed.length >= 3 && known.startsWith(typed) ? [{ name, far: most + 1 }] : [];
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ name }) => name);
}

/** Returns the question for an error, `did you mean dev or dev2?`; undefined if nothing is near. */
export function didYouMean(word: string, names: Iterable<string>): string | undefined {
  const near = nearest(word, names);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : undefined;
}

/** Returns a word as it is compared: a word processor makes one long dash of the two before a flag. */
function plain(word: string): string {
  return word
    .toLowerCase()
    .replace(/[\s_\p{Pd}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/** Returns how many letters to insert, delete, replace or exchange with their neighbour (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isExchanged = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isExchanged ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, next];
  }
  return last[b.length] ?? 0;
}
