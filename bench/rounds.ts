/**
 * Returns the number of rounds of a long figure, whose runs start a hundred processes or need a person: a
 * fifth of the pairs, and at least three.
 */
export function roundsOf({ pairs }: { pairs: number }): number {
  return Math.max(3, Math.ceil(pairs / 5));
}
