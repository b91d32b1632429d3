// credential_process lines of Windows: by Microsoft's documents, and by the C runtime of node.exe on Windows.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  clientsThatMisread,
  isPlainPath,
  pathWord,
  processWords,
} from '../../src/aws-config/process-line.ts';
import { randomFrom, seed } from '../support/random.ts';
import { randomWindowsLines } from '../support/windows-lines.ts';

const home = 'C:\\Users\\ada';

/** Lines of Windows: the words of botocore, those of a client that uses cmd.exe, and what cmd.exe does not pass on. */
const windowsLines: [
  line: string,
  split: string[] | undefined,
  shell?: string[] | undefined,
  active?: string,
][] = [
  // The examples of https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments, after a program.
  ['p "abc" d e', ['p', 'abc', 'd', 'e']],
  [String.raw`p a\\b d"e f"g h`, ['p', String.raw`a\\b`, 'de fg', 'h']],
  [String.raw`p a\\\"b c d`, ['p', String.raw`a\"b`, 'c', 'd']],
  [String.raw`p a\\\\"b c" d e`, ['p', String.raw`a\\b c`, 'd', 'e']],
  ['p a"b"" c d"', ['p', 'ab c d'], ['p', 'ab" c d']],
  [
    String.raw`C:\PROGRA~1\Nodejs\node.exe C:\d.cjs --profile p`,
    [String.raw`C:\PROGRA~1\Nodejs\node.exe`, String.raw`C:\d.cjs`, '--profile', 'p'],
  ],
  [
    String.raw`"C:\Program Files\n.exe" "C:\a b\\" --profile p`,
    [String.raw`C:\Program Files\n.exe`, 'C:\\a b\\', '--profile', 'p'],
  ],
  ['p "" ""', ['p', '', '']],
  ['p\ta  b', ['p', 'a', 'b']],
  ['p a\u00a0b', ['p', 'a\u00a0b']],
  ['p \\', ['p', '\\']],
  ['', []],
  ['"p', undefined],
  [String.raw`"C:\My Tools\" --profile p`, undefined],
  // In quotes cmd.exe expands variables alone.
  ['"C:\\R&D (x)^\\p" a', ['C:\\R&D (x)^\\p', 'a']],
  ['"%APPDATA%\\p" a', ['%APPDATA%\\p', 'a'], undefined, '%'],
  ['C:\\R&D\\p a', ['C:\\R&D\\p', 'a'], undefined, '&'],
  ['C:\\(x)\\p a', ['C:\\(x)\\p', 'a'], undefined, '('],
  ['p a^b', ['p', 'a^b'], undefined, '^'],
  // cmd.exe counts each quote, and so reads what follows as syntax.
  [String.raw`p "a\"&b"`, ['p', 'a"&b'], undefined, '&'],
  // These end the name of the program, and not a word after it.
  ['C:\\a=b\\p c', ['C:\\a=b\\p', 'c'], undefined, '='],
  ['C:\\a,b\\p c', ['C:\\a,b\\p', 'c'], undefined, ','],
  ['@p c', ['@p', 'c'], undefined, '@'],
  ['p --profile=a,b@c', ['p', '--profile=a,b@c']],
];
for (const [line, split, shell, active] of windowsLines) {
  test(`the words of Windows in: ${line}`, () => {
    const words = processWords(line, home, true);
    assert.deepEqual([words?.split, words?.active], [split, active]);
    assert.deepEqual(words?.shell, active ? undefined : (shell ?? split));
  });
}

test("processWords splits lines of Windows as Microsoft's C runtime does in node.exe", {
  skip: process.platform !== 'win32' && 'node.exe is the judge',
}, (t) => {
  t.diagnostic(`DAYPASS_SEED=${seed}`);
  const random = randomFrom(seed);
  const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  for (let round = 0; round < 8; round++) {
    // Node reads words of its own, and a last backslash would meet the next line.
    const lines = randomWindowsLines(random, 100).filter((line) => {
      const words = processWords(line, home, true);
      return words?.shell && !line.endsWith('\\') && !words.split.some((word) => word.startsWith('-'));
    });
    // Verbatim arguments also leave the path of node.exe without quotes.
    const options = { argv0: 'node', windowsVerbatimArguments: true, encoding: 'utf8' } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', `"${print}"`, '--', ...lines], options);
    assert.equal(stderr, '');
    const expected = lines.flatMap((line) => processWords(line, home, true)?.shell ?? []);
    assert.deepEqual(JSON.parse(stdout), expected, JSON.stringify(lines));
  }
});

test('a path of Windows is plain if every client reads it alike without quotes', () => {
  for (const path of ['C:\\PROGRA~1\\Nodejs\\Node.exe', 'd:\\a_b-c.d\\JRG~1\\x.cmd']) {
    assert.ok(isPlainPath(path, true), path);
    assert.equal(pathWord(path, true), path);
    assert.deepEqual(clientsThatMisread(`${path} --profile p`, true), []);
  }
  const odd = [
    'C:\\Program Files\\a',
    'C:\\x\\nodejs\\a',
    'C:\\Jörg\\a',
    'C:/a',
    '\\\\server\\share\\a',
    'C:a',
    '\\a',
  ];
  for (const path of [...odd, 'C:\\a%b', 'C:\\a&b', "C:\\o'brien", 'C:\\a\\', 'C:\\a;b', 'a.cmd', '/opt/a'])
    assert.deepEqual([isPlainPath(path, true), pathWord(path, true)], [false, undefined], path);
});

test('the clients that misread a line of Windows', () => {
  const go = 'the SDKs for Go, also in Terraform and rclone';
  const quotes = 'the SDKs for .NET and C++, and the CRT';
  for (const [line, clients] of [
    ['C:\\x\\nodejs\\node.exe --profile p', [go]],
    ['"C:\\My Tools\\a.exe" --profile p', [go, 'restic and mc']],
    ['"C:\\My Tools\\a.exe" "C:\\My Tools\\b" --profile p', [go, quotes, 'restic and mc']],
    ['"C:\\My Tools (x86)\\a.exe" --profile p', [go, quotes, 'restic and mc']],
    ['"C:\\Tools\\a.exe" --profile p', [go, quotes, 'restic and mc']],
    ['C:\\a.exe "C:\\My Tools\\b" --profile p', [go, 'restic and mc']],
    ['C:\\a.exe --profile p', []],
    ['C:\\Jörg\\a.exe --profile p', ['the AWS CLI, boto3, Ruby and Java where the code page is not UTF-8']],
  ] as const)
    assert.deepEqual(clientsThatMisread(line, true), clients, line);
});
