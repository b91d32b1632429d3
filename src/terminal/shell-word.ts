/** A text as a POSIX shell takes it (2.2.2): within single quotes nothing means anything but the closing one. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A word for a command that is shown, quoted where it has to be; zsh reads a `=` in front as the name of a program. */
export function shellWord(word: string): string {
  return /^(?!=)[\w@%+=:,./-]+$/.test(word) ? word : singleQuoted(word);
}
