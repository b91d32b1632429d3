// A person copies the commands in hints into bash, cmd or PowerShell.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { posixWord, shellWord } from '../../src/terminal/shell-word.ts';

const onWindows: [word: string, quoted: string][] = [
  ['developer', 'developer'],
  ['https://login.example.com/a', 'https://login.example.com/a'],
  ['--store=file', '--store=file'],
  ['C:\\Users\\ada\\.env', 'C:\\Users\\ada\\.env'],
  ['C:\\Users\\ada\\', 'C:\\Users\\ada\\'],
  ['C:\\Program Files\\x.env', '"C:\\Program Files\\x.env"'],
  ['C:\\My Files\\', '"C:\\My Files\\\\"'],
  ['C:\\Users\\Jörg\\x', '"C:\\Users\\Jörg\\x"'],
  ['a,b', '"a,b"'],
  ['@dev', '"@dev"'],
  ['~\\x', '"~\\x"'],
  ['-a.b', '"-a.b"'],
  ['prompt=consent&hd=x', '"prompt=consent&hd=x"'],
  ['a|b<c>d^e(f);{g}#h', '"a|b<c>d^e(f);{g}#h"'],
  ["O'Brien", '"O\'Brien"'],
  ['50%', '"50%"'],
  ['', '""'],
];

for (const [word, quoted] of onWindows) {
  test(`on Windows ${JSON.stringify(word)} is copied as ${quoted}`, () => {
    assert.equal(shellWord(word, 'X', true), quoted);
  });
}

const unquotable = [
  'a"b',
  '$env:x',
  'a$(b)',
  'a`b',
  '%PATH%',
  'a%B C%d',
  '\u201cx\u201d',
  'a\u201eb',
  'a\nb',
];

for (const word of unquotable) {
  test(`on Windows no quoting in cmd and PowerShell keeps ${JSON.stringify(word)}`, () => {
    assert.equal(shellWord(word, 'X', true), 'X');
  });
}

test('on other systems the words are quoted for a POSIX shell', () => {
  for (const word of [...onWindows.map(([word]) => word), ...unquotable])
    assert.equal(shellWord(word, 'X', false), posixWord(word));
});

// A program prints its arguments, as JSON, to where another one reads them.
const print = 'process.stdout.write(JSON.stringify(process.argv.slice(2)))';

test('a shell of this system passes each quoted word unchanged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-words-'));
  try {
    const script = join(folder, 'print.cjs');
    writeFileSync(script, print);
    const words = onWindows.map(([word]) => word);
    const isWindows = process.platform === 'win32';
    if (!isWindows) words.push(...unquotable);
    const line = [process.execPath, script, ...words].map((word) => shellWord(word)).join(' ');
    const output = isWindows
      ? spawnSync(process.env.ComSpec ?? 'cmd.exe', ['/d', '/s', '/c', `"${line}"`], {
          windowsVerbatimArguments: true,
          encoding: 'utf8',
        }).stdout
      : execFileSync('sh', ['-c', line], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(output), words);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
