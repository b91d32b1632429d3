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
export function processWords(line: string, home: string): ProcessWords | undefined {
  if (process.platform === 'win32') return windowsWords(line);
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

/** On Windows, only double quotes join words, and a backslash is an ordinary character. */
function windowsWords(line: string): ProcessWords | undefined {
  const parts = line.split('"');
  if (parts.length % 2 === 0) return undefined;
  // Every second part is in quotes, where a blank joins.
  const joined = parts.map((part, index) => (index % 2 ? part : part.replace(/\s/g, '\n'))).join('');
  const split = joined.split('\n').filter(Boolean);
  const [active] = /[&|<>^%()]/.exec(line) ?? [];
  return { split, shell: active ? undefined : split, active };
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
export function clientsThatMisread(line: string): string[] {
  const clients: string[] = [];
  if (line.startsWith('"')) clients.push('the Go SDKs of Debian 12, also in rclone');
  const quoting = process.platform === 'win32' ? /"/ : /["'\\]/;
  if (quoting.test(line)) clients.push('restic and mc');
  const comment = 'the SDKs for JavaScript, Go, Java and Rust, and the CRT';
  if (/\s;/.test(line)) clients.push(comment, 'the SDK for Ruby');
  else if (/\s#/.test(line)) clients.push(comment);
  else if (line.includes(';')) clients.push('PHP');
  if (line.includes('[') && line.includes(']', line.indexOf('['))) clients.push('the SDK for C++');
  if (/[^\x20-\x7e]/.test(line)) clients.push('Ruby and Java without a UTF-8 locale');
  return clients;
}

/** Returns whether all clients read this absolute path alike without quotes. */
export function isPlainPath(path: string): boolean {
  return process.platform === 'win32'
    ? /^[A-Za-z]:[\\/][A-Za-z0-9_.\\/-]+$/.test(path)
    : /^\/[\w@%+=:,.~/-]+$/.test(path);
}

/**
 * Returns a path as a line needs it, with or without quotes; undefined if clients differ even with quotes. For
 * some, `#` and `;` begin a comment, and brackets a section. Quotes were not tried on Windows.
 */
export function pathWord(path: string): string | undefined {
  if (isPlainPath(path)) return path;
  return process.platform !== 'win32' && /^\/[\x20-\x7e]+$/.test(path) && !/["'\\#;[\]]/.test(path)
    ? singleQuoted(path)
    : undefined;
}
