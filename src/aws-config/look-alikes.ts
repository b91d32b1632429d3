/** The invisible characters and the look-alikes, with what the message says of them. */
const kinds: readonly [characters: RegExp, looks: string][] = [
  [/[\p{Zs}\u2800]/u, 'looks like a blank'],
  [/[\p{C}\p{Zl}\p{Zp}\p{DI}]/u, 'is invisible'],
  [/[\p{Pd}\u2212]/u, 'looks like -'],
  [/[\u2018-\u201b\u2032]/, "looks like '"],
  [/[\u201c-\u201f\u2033]/, 'looks like "'],
  [/[\uff01-\uff5e]/, 'looks like an ASCII character'],
];

/** The letters of these scripts that stand beside Latin ones in a word. */
const mixed: readonly [letters: RegExp, name: string][] = [
  [/\p{Script=Cyrillic}/u, 'Cyrillic'],
  [/\p{Script=Greek}/u, 'Greek'],
];

/**
 * Returns the code point of the first invisible character or look-alike, such as
 * `U+00A0, which looks like a blank`; undefined if there is none.
 */
export function lookAlike(text: string): string | undefined {
  const foreign = [...text].filter((character) => !/[\t\x20-\x7e]/.test(character));
  for (const character of foreign) {
    const [, looks] = kinds.find(([characters]) => characters.test(character)) ?? [];
    if (looks) return `${codePoint(character)}, which ${looks}`;
  }
  for (const word of foreign.length > 0 ? text.split(/[^\p{L}]+/u) : []) {
    if (!/[A-Za-z]/.test(word)) continue;
    for (const [letters, name] of mixed) {
      const [found] = letters.exec(word) ?? [];
      if (found) return `${codePoint(found)}, a ${name} letter among Latin ones`;
    }
  }
  return undefined;
}

function codePoint(character: string): string {
  return `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
}
