// Templates of packages/: `@word@` stands for a value.

const placeholder = /@([a-zA-Z\d]+(?::[a-z\d-]+)?)@/g;

/**
 * Returns the words that the template names.
 * @param {string} template
 */
export function placeholdersOf(template) {
  return [...template.matchAll(placeholder)].map(([, word = '']) => word);
}

/**
 * Returns the template with all values. Throws if one is not given.
 * @param {string} template
 * @param {Readonly<Record<string, string>>} words
 */
export function filled(template, words) {
  return template.replace(placeholder, (_, word) => {
    const value = words[word];
    if (value === undefined) throw new Error(`no value is known for @${word}@`);
    return value;
  });
}
