/** Quotes text for a POSIX shell (2.2.2): inside single quotes only the closing quote has a meaning. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quotes a word of a command for a POSIX shell if necessary; zsh expands a leading `=` to the path of a program. */
export function posixWord(word: string): string {
  return /^(?!=)[\w@%+=:,./-]+$/.test(word) ? word : singleQuoted(word);
}

/**
 * Quotes a word of a printed command for the shells of this system. On Windows these are cmd and PowerShell,
 * and no quoting in both keeps `"`, `$`, a backtick and two `%`: the person has to fill in `placeholder`.
 */
export function shellWord(
  word: string,
  placeholder = 'THE-SAME-VALUE',
  isWindows = process.platform === 'win32',
): string {
  return isWindows ? (windowsWord(word) ?? placeholder) : posixWord(word);
}

/**
 * Quotes a word for cmd and PowerShell alike; undefined if that is impossible. Outside quotes, PowerShell makes
 * two words of `a,b` and expands `@`, `~` and `$`. It ends a text at a typographic quotation mark, too.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 * https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
 */
function windowsWord(word: string): string | undefined {
  // PowerShell splits `-name.value` and `-name:value` before the sign.
  if (/^(?!-[^-])[\w+=:./\\-]+$/.test(word)) return word;
  if (/["$`\u201c-\u201e\p{Cc}]|%[^%]+%/u.test(word)) return undefined;
  // A program reads `\"` as a quotation mark, and `\\"` as a backslash at the end of the word.
  let end = word.length;
  while (word.charAt(end - 1) === '\\') end--;
  return `"${word}${word.slice(end)}"`;
}
