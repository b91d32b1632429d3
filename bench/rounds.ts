/**
 * Returns the rounds of a figure whose runs start a hundred processes or need a person: a fifth of the pairs.
 */
export function roundsOf({ pairs }: { pairs: number }): number {
  return Math.max(3, Math.ceil(pairs / 5));
}
