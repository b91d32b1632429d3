/** Returns the first names and the number of the others: a company's file can have hundreds of profiles. */
export function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
