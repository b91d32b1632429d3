import { singleQuoted } from '../terminal/shell-word.ts';

// How AWS clients read a `credential_process` line; docs/credential-process-line.md has the measurements.

/** The words of a line, as the two kinds of clients read them. */
export interface ProcessWords {
  /** As the AWS CLI and boto3 split the line (Python's shlex). */
  split: string[];
  /** As a shell reads it, for the other clients; undefined if it would do more than expand `~` and `$HOME`. */
  shell: string[] | undefined;
  /** The first character that a shell reads in another way than the AWS CLI. */
  active: string | undefined;
}

/** Returns the words of a line, or undefined if a quote is open or a backslash ends it. */
export function processWords(
  line: string,
  home: string,
  isWindows = process.platform === 'win32',
): ProcessWords | undefined {
  if (isWindows) return windowsWords(line);
  const words: { split: string; shell: string; isBare: boolean }[] = [];
  let active: string | undefined;
  let isUnknown = false;
  let word: (typeof words)[number] | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (!quote && /[ \t]/.test(character)) {
      word = undefined;
      continue;
    }
    const isFirst = word === undefined;
    word ??= words[words.push({ split: '', shell: '', isBare: true }) - 1] as NonNullable<typeof word>;
    const add = (split: string, shell = split) => {
      if (word) word = Object.assign(word, { split: word.split + split, shell: word.shell + shell });
    };
    if (/["'\\]/.test(character)) word.isBare &&= word.split.includes('=');
    if (quote ? character === quote : /["']/.test(character)) {
      quote = quote ? '' : character;
    } else if (quote === "'") add(character);
    else if (character === '\\') {
      const next = line[++at];
      if (next === undefined) return undefined;
      if (quote && !/["\\]/.test(next)) {
        // Within double quotes, only a shell removes the backslash before these two.
        const isRemoved = /[$`]/.test(next);
        if (isRemoved) active ??= '\\';
        add(`\\${next}`, isRemoved ? next : `\\${next}`);
      } else add(next);
    } else {
      const [variable] = /^\$(HOME(?!\w)|\{HOME\})/.exec(line.slice(at)) ?? [];
      const isTilde = !quote && isFirst && /^~([/ \t]|$)/.test(line.slice(at));
      if (variable || isTilde) {
        add(variable ?? '~', home);
        at += (variable ?? '~').length - 1;
        active ??= character;
      } else {
        const isActive = quote ? /[$`]/ : isFirst ? /[$`;&|<>()*?[~#]/ : /[$`;&|<>()*?[]/;
        if (isActive.test(character)) {
          active ??= character;
          isUnknown = true;
        }
        add(character);
      }
    }
  }
  if (quote) return undefined;
  const split = words.map((each) => each.split);
  // A shell reads `NAME=value` before the program as a variable.
  const program = words.findIndex(({ isBare, split: text }) => !isBare || !/^[A-Za-z_]\w*=/.test(text));
  const first = program < 0 ? words.length : program;
  if (first > 0) active ??= '=';
  return { split, shell: isUnknown ? undefined : words.slice(first).map(({ shell }) => shell), active };
}

/**
 * On Windows botocore splits the line by the rules of C programs, and the other clients give it to cmd.exe. Then
 * the program itself splits it by these rules. docs/credential-process-line.md, "On Windows", has the sources.
 */
function windowsWords(line: string): ProcessWords | undefined {
  const split = argumentsOf(line, { isDoubledQuote: false });
  if (!split) return undefined;
  const active = interpreted(line);
  return { split, shell: active ? undefined : argumentsOf(line, { isDoubledQuote: true }), active };
}

/**
 * Splits at blanks and tabs outside of double quotes. A backslash is literal, except in a row before a quote: two
 * are one, and an odd one makes the quote literal. `isDoubledQuote`: two quotes in quotes are a literal one.
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
function argumentsOf(line: string, { isDoubledQuote }: { isDoubledQuote: boolean }): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (!isQuoted && /[ \t]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    let backslashes = 0;
    while (line[at + backslashes] === '\\') backslashes++;
    const isBeforeQuote = line[at + backslashes] === '"';
    if (!isBeforeQuote) {
      word += backslashes > 0 ? '\\'.repeat(backslashes) : character;
      at += Math.max(0, backslashes - 1);
      continue;
    }
    word += '\\'.repeat(backslashes / 2);
    at += backslashes;
    if (backslashes % 2) word += '"';
    else if (isDoubledQuote && isQuoted && line[at + 1] === '"') {
      word += '"';
      at++;
    } else isQuoted = !isQuoted;
  }
  if (isQuoted) return undefined;
  return word === undefined ? words : [...words, word];
}

/** Returns the first character that is syntax for cmd.exe: in quotes only %. A backslash escapes no quote there. */
function interpreted(line: string): string | undefined {
  let isQuoted = false;
  let isProgram = true;
  for (const character of line.trimStart()) {
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && /[ \t]/.test(character)) isProgram = false;
    // Outside of quotes, `@,;=` also end the name of the program.
    const isSyntax = isQuoted ? /%/ : isProgram ? /[%&|<>^()@,;=]/ : /[%&|<>^()]/;
    if (isSyntax.test(character)) return character;
  }
  return undefined;
}

/** The programs that may start daypass in a line, each by its path or by a name that another one looks up. */
const interpreter = /^(node(js)?|env|(ba|da|z)?sh)(\.exe)?$/i;

const isShell = (word: string) => /(^|\/)(ba|da|z)?sh$/.test(word);

/** Returns the last part of a path, of Windows too. */
const fileName = (path: string) => path.split(/[\\/]/).at(-1) ?? '';

/** The words that start the program, without those of `sh -c`, and its arguments. */
export interface ProcessProgram {
  command: string[];
  args: string[];
}

/** Divides words into program and arguments, which begin with an option or a word of `isArgument`. */
export function programOf(
  words: readonly string[],
  home: string,
  isArgument: (word: string) => boolean,
): ProcessProgram {
  const [shell = '', option, script, , ...rest] = words;
  if (isShell(shell) && option === '-c' && script !== undefined) {
    const whole = script.replace('"$@"', () => rest.map(singleQuoted).join(' ')).replace(/^\s*exec\s+/, '');
    const inner = processWords(whole, home)?.shell;
    if (inner) return programOf(inner, home, isArgument);
  }
  const first = words.findIndex((word) => word.startsWith('-') || isArgument(word));
  return first < 0
    ? { command: [...words], args: [] }
    : { command: words.slice(0, first), args: words.slice(first) };
}

/** Returns the last word of a command, if only interpreters come before it. */
export function scriptOf(command: readonly string[]): string | undefined {
  const isStarted = command.slice(0, -1).every((word) => interpreter.test(fileName(word)));
  return isStarted ? command.at(-1) : undefined;
}

export const awsCli = 'the AWS CLI and boto3';
export const sdks = 'the SDKs for JavaScript, Go, Ruby and Java, and other clients that use a shell';

/**
 * Returns the clients that do not run this line as it is written, although both readings of `processWords`
 * are right: those with an older parser of the file, or without quotes.
 */
export function clientsThatMisread(line: string, isWindows = process.platform === 'win32'): string[] {
  const clients: string[] = [];
  if (isWindows) {
    // The SDK v2 makes a line break of `\n`, and both SDKs put backslashes before the quotes for cmd.exe.
    if (/["]|\\n/.test(line)) clients.push('the SDKs for Go, also in Terraform and rclone');
    if (losesQuotes(line)) clients.push('the SDKs for .NET and C++, and the CRT');
  } else if (line.startsWith('"')) clients.push('the Go SDKs of Debian 12, also in rclone');
  const quoting = isWindows ? /"/ : /["'\\]/;
  if (quoting.test(line)) clients.push('restic and mc');
  const comment = 'the SDKs for JavaScript, Go, Java and Rust, and the CRT';
  if (/\s;/.test(line)) clients.push(comment, 'the SDK for Ruby');
  else if (/\s#/.test(line)) clients.push(comment);
  else if (line.includes(';')) clients.push('PHP');
  if (line.includes('[') && line.includes(']', line.indexOf('['))) clients.push('the SDK for C++');
  // botocore, too, reads the file in the encoding of the system, which on Windows is rarely UTF-8.
  const byLocale = isWindows
    ? 'the AWS CLI, boto3, Ruby and Java where the code page is not UTF-8'
    : 'Ruby and Java without a UTF-8 locale';
  if (/[^\x20-\x7e]/.test(line)) clients.push(byLocale);
  return clients;
}

/**
 * Returns whether `cmd.exe /c` without `/s` removes the first and the last quote of a line: it keeps exactly two
 * around the path of a program that has a blank and no special character (`cmd /?`).
 */
function losesQuotes(line: string): boolean {
  if (!line.startsWith('"')) return false;
  const [, quoted = '', ...others] = line.split('"');
  return others.length !== 1 || !quoted.includes(' ') || /[&<>()@^|]/.test(quoted);
}

/**
 * Returns whether all clients read this absolute path alike without quotes. On Windows it has no `\n`, which the Go
 * SDK v2 reads as a line break, and no `/`, which cmd.exe can read as the beginning of an option.
 */
export function isPlainPath(path: string, isWindows = process.platform === 'win32'): boolean {
  return isWindows ? /^[A-Za-z]:(\\(?!n)[A-Za-z0-9_.~-]+)+$/.test(path) : /^\/[\w@%+=:,.~/-]+$/.test(path);
}

/**
 * Returns a path as a line needs it, with or without quotes; undefined if clients differ even with quotes. For
 * some, `#` and `;` begin a comment, and brackets a section. On Windows the Go SDKs run no line with quotes.
 */
export function pathWord(path: string, isWindows = process.platform === 'win32'): string | undefined {
  if (isPlainPath(path, isWindows)) return path;
  return !isWindows && /^\/[\x20-\x7e]+$/.test(path) && !/["'\\#;[\]]/.test(path)
    ? singleQuoted(path)
    : undefined;
}
