// Arguments of a batch file of Windows, against a model of cmd.exe and the C runtime by their documented rules.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { batchLine } from '../../src/process/batch-file.ts';
import { randomFrom } from '../support/random.ts';

const variables: Readonly<Record<string, string>> = { PATH: 'C:\\x" & calc', OS: 'Windows_NT', CD: 'C:\\' };

/**
 * Expands variables as cmd.exe does after /c with extensions (`set /?`, `cmd /?`): a name ends at `%`, or at `:` before
 * a substring. An unknown name keeps its first percent sign.
 */
function expanded(line: string): string {
  let text = '';
  for (let at = 0; at < line.length; at++) {
    const [whole, name = '', part] = /^%([^%:]+)(:[^%]*)?%/.exec(line.slice(at)) ?? [];
    const value = variables[name.toUpperCase()];
    if (whole === undefined || value === undefined) text += line[at];
    else {
      // `~,` is the substring from 0 with length 0; everything else would change the value.
      text += part === undefined ? value : part === ':~,' ? '' : `<${part}>`;
      at += whole.length - 1;
    }
  }
  return text;
}

/** Returns the characters that cmd.exe reads as syntax: outside of quotes, which it counts without backslashes. */
function syntaxOf(line: string): string[] {
  let isQuoted = false;
  return [...line].filter((character) => {
    if (character === '"') isQuoted = !isQuoted;
    return !isQuoted && /[&|<>()^!\r\n]/.test(character);
  });
}

/** Splits as the C runtime does: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments */
function runtimeWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    if (!isQuoted && /[ \t]/.test(line.charAt(at))) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    const [, slashes = '', quote] = /^(\\*)("?)/.exec(line.slice(at)) ?? [];
    if (quote) {
      word += '\\'.repeat(slashes.length / 2);
      at += slashes.length;
      if (slashes.length % 2) word += '"';
      else if (isQuoted && line[at + 1] === '"') {
        word += '"';
        at++;
      } else isQuoted = !isQuoted;
    } else if (slashes) {
      word += slashes;
      at += slashes.length - 1;
    } else word += line[at];
  }
  return word === undefined ? words : [...words, word];
}

/** Returns what a program reads that a batch file starts with `%*`. */
function read(file: string, args: readonly string[]): string[] {
  const line = batchLine(file, args);
  // /s removes the first and the last quote.
  const inner = expanded(line.slice(1, -1));
  assert.deepEqual([line[0], line.at(-1), syntaxOf(inner)], ['"', '"', []], line);
  return runtimeWords(inner);
}

const file = 'C:\\R&D (x86)\\100%OS%\\npm\\cdk.cmd';
const pieces = [
  ...[
    '%',
    '%%',
    '"',
    '""',
    '\\',
    '\\\\',
    '&',
    '|',
    '<',
    '>',
    '^',
    '^^',
    '!',
    '(',
    ')',
    ' ',
    '\t',
    ',',
    ';',
    '=',
  ],
  ...['%PATH%', '%OS%', '!OS!', '%1', '%*', '%~1', '%cd:~,%', '%cd%', '&&', '>x', '2>&1', '@', '`', "'", '~'],
  ...[
    '#',
    '$',
    '*',
    '?',
    '[',
    ']',
    '{',
    '}',
    ':',
    '/',
    '-',
    '+',
    '.',
    'rem',
    '%%i',
    'é',
    '☃',
    '＂',
    '\u00a0',
    'a',
  ],
];

test('a batch file gets 20,000 random arguments unchanged, and cmd.exe reads nothing of them as syntax', () => {
  const random = randomFrom(20);
  for (let round = 0; round < 2000; round++) {
    const args = Array.from({ length: 10 }, () =>
      Array.from({ length: random.whole(9) }, () => random.pick(pieces)).join(''),
    );
    assert.deepEqual(read(file, args), [file, ...args]);
  }
});

test('the arguments of the attack on batch files stay arguments', () => {
  const args = ['"&calc.exe', '"%CMDCMDLINE:~-1%&calc.exe', '%PATH%', 'a^"b', 'x" & calc & "', '\\"&calc'];
  assert.deepEqual(read(file, args), [file, ...args]);
  assert.equal(
    batchLine('C:\\a\\cdk.cmd', ['deploy', '--all', 'a b', 'a=b', 'c:\\d\\']),
    String.raw`""C:\a\cdk.cmd" deploy --all "a b" "a=b" "c:\d\\""`,
  );
});

for (const [what, args] of Object.entries({
  'a line feed': ['a\nb'],
  'a carriage return': ['a\rb'],
  'an end-of-file character': ['a\x1ab'],
  'more text than a line of cmd.exe has': ['a'.repeat(8200)],
})) {
  test(`an argument with ${what} is refused`, () => {
    const isUsage = (error: unknown) =>
      error instanceof DaypassError && error.code === 'usage' && Boolean(error.hint);
    assert.throws(() => batchLine('C:\\a\\cdk.cmd', args), isUsage);
  });
}
