/** How often a figure is repeated whose every run starts a hundred processes or needs a person: a fifth of the pairs. */
export function roundsOf({ pairs }: { pairs: number }): number {
  return Math.max(3, Math.ceil(pairs / 5));
}
