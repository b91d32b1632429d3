import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import {
  clientsThatMisread,
  pathWord,
  processWords,
  programOf,
  scriptOf,
} from '../../src/aws-config/process-line.ts';
import { randomFrom, seed } from '../support/random.ts';
import { randomWindowsLines } from '../support/windows-lines.ts';

const home = '/home/me';

test('processWords reads a line as Python and sh do, or says that the two differ', (t) => {
  t.diagnostic(`DAYPASS_SEED=${seed}`);
  const random = randomFrom(seed);
  const parts = [
    '/a',
    'b',
    ' ',
    ' ',
    '"',
    '"',
    "'",
    "'",
    '\\',
    '$',
    '$HOME',
    '$' + '{HOME}',
    '~',
    '~/',
    '=',
    '#',
    'é',
  ];
  const others = [';', '&', '|', '(', '*', '`', '\t', '--profile', 'X=1', '$(', '\\"', "\\'", '\\$'];
  const lines = Array.from({ length: 3000 }, () =>
    Array.from({ length: random.whole(12) + 1 }, () => random.pick(random.whole(4) > 0 ? parts : others))
      .join('')
      .trim(),
  );
  const split = python(lines);
  let alike = 0;
  const shells: [string, readonly string[]][] = [];
  lines.forEach((line, index) => {
    const words = processWords(line, home);
    assert.deepEqual(words?.split, split[index] ?? undefined, line);
    if (words?.shell && !/^[A-Za-z_]\w*=/.test(line)) shells.push([line, words.shell]);
    if (words && words.active === undefined) {
      alike += 1;
      assert.deepEqual(words.shell, words.split, line);
    }
  });
  assert.ok(alike > 100 && shells.length > alike, `${alike} of ${shells.length}`);
  const script = shells.map(([line], index) => `printf '%s\\0' line${index} ${line}`);
  const shell = spawnSync('/bin/sh', { input: script.join('\n'), env: { HOME: home }, encoding: 'utf8' });
  assert.equal(shell.stderr, '');
  const expected = shells.flatMap(([, words], index) => [`line${index}`, ...words]);
  assert.deepEqual(shell.stdout.split('\0').slice(0, -1), expected);
});

test('a shell reads NAME=value before the program as a variable, and the AWS CLI does not', () => {
  for (const line of ['A=1 B="x y" /bin/daypass', "A='1' B= /bin/daypass"]) {
    const words = processWords(line, home);
    assert.deepEqual([words?.split.length, words?.shell, words?.active], [3, ['/bin/daypass'], '=']);
  }
  for (const line of ['A=1', 'A=1 B=2']) {
    const words = processWords(line, home);
    assert.deepEqual([words?.shell, words?.active], [[], '='], line);
  }
  for (const line of ['"A=1" /bin/daypass', '\\A=1 /bin/daypass'])
    assert.deepEqual(processWords(line, home)?.shell, ['A=1', '/bin/daypass']);
});

test('the program of a line is what interpreters start, also behind sh -c', () => {
  for (const [line, command, script] of [
    ["/n/node '/a b/daypass' --profile p", ['/n/node', '/a b/daypass'], '/a b/daypass'],
    [`/bin/sh -c "exec '/a b/daypass' --profile p"`, ['/a b/daypass'], '/a b/daypass'],
    [`/bin/sh -c '"/a b/daypass" "$@"' sh --profile p`, ['/a b/daypass'], '/a b/daypass'],
    ['/usr/bin/env /x/daypass --profile p', ['/usr/bin/env', '/x/daypass'], '/x/daypass'],
    ['/x/other /x/daypass --profile p', ['/x/other', '/x/daypass'], undefined],
    ['/bin/sh -c "/x/other; /x/daypass" --profile p', ['/bin/sh'], '/bin/sh'],
  ] as const) {
    const program = programOf(processWords(line, home)?.split ?? [], home, () => false);
    assert.deepEqual([program.command, scriptOf(program.command)], [command, script], line);
    if (command[0] !== '/bin/sh') assert.deepEqual(program.args, ['--profile', 'p']);
  }
});

test('a path gets single quotes or is rejected', () => {
  for (const path of ['/usr/bin/daypass', '/home/me@example.com/c++/a=b,c:d~e%/daypass'])
    assert.equal(pathWord(path), path);
  for (const path of ['/My Tools/daypass', '/a (x86) & $(id) `id` | < > * ? ! {/daypass'])
    assert.deepEqual([pathWord(path), clientsThatMisread(`'${path}'`)], [`'${path}'`, ['restic and mc']]);
  for (const path of ["/o'brien/daypass", '/a"b"/daypass', '/a\\b/daypass', '/a#b/daypass', '/a;b/daypass'])
    assert.equal(pathWord(path), undefined);
  for (const path of [
    '/[a]/daypass',
    '/müller/daypass',
    '/a\u00a0b/daypass',
    '/a\nb/daypass',
    'daypass',
    './daypass',
  ])
    assert.equal(pathWord(path), undefined);
});

/** Returns the words of lines as a function of Python splits them; null for those that it refuses. */
function python(
  lines: readonly string[],
  { from, call }: { from: string; call: string } = { from: 'import shlex', call: 'shlex.split(line)' },
): (string[] | null)[] {
  const program = `
import json, sys
${from}
def split(line):
    try:
        return ${call}
    except ValueError:
        return None
print(json.dumps([split(line) for line in json.load(sys.stdin)]))`;
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', program], {
    input: JSON.stringify(lines),
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('processWords splits lines of Windows as botocore does', {
  skip: process.platform === 'win32' && 'botocore of Debian is the judge',
}, (t) => {
  t.diagnostic(`DAYPASS_SEED=${seed}`);
  const lines = randomWindowsLines(randomFrom(seed), 5000);
  const from = 'from awscli.botocore.compat import compat_shell_split';
  const expected = python(lines, { from, call: 'compat_shell_split(line, "win32")' });
  assert.ok(expected.filter(Boolean).length > 1000);
  lines.forEach((line, index) => {
    assert.deepEqual(
      processWords(line, home, true)?.split,
      expected[index] ?? undefined,
      JSON.stringify(line),
    );
  });
});
