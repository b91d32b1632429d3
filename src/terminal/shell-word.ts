/** Quotes text for a POSIX shell (2.2.2): inside single quotes only the closing quote has a meaning. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quotes a word of a printed command if necessary; zsh expands a leading `=` to the path of a program. */
export function shellWord(word: string): string {
  return /^(?!=)[\w@%+=:,./-]+$/.test(word) ? word : singleQuoted(word);
}
