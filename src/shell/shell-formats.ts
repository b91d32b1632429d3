import { DaypassError } from '../errors.ts';
import { singleQuoted } from '../terminal/shell-word.ts';

/** The assignment of a variable in each shell. Quotes keep the value, which is printable ASCII. */
export const shellFormats = {
  bash: (name: string, value: string) => `export ${name}=${singleQuoted(value)}`,
  /** https://fishshell.com/docs/current/language.html#quotes */
  fish: (name: string, value: string) => `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`,
  /** https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules */
  powershell: (name: string, value: string) => `$Env:${name} = '${value.replaceAll("'", "''")}'`,
  cmd(name: string, value: string) {
    // A batch file and a prompt read these characters differently, so no quoting is right for both.
    if (/["%!\n]/.test(value))
      throw new DaypassError('usage', `cmd has no quoting for this value of ${name}`, {
        hint: 'use --format powershell',
      });
    return `set "${name}=${value}"`;
  },
  /** Without quotes where possible: Docker's --env-file reads them as a part of the value. */
  dotenv: (name: string, value: string) =>
    /^[\w@%+=:,./-]*$/.test(value) ? `${name}=${value}` : `${name}=${dotenvQuoted(value)}`,
} as const satisfies Record<string, (name: string, value: string) => string>;

function dotenvQuoted(value: string): string {
  return value.includes("'") ? `"${value.replace(/["$`\\]/g, '\\$&')}"` : `'${value}'`;
}
