// How Windows finds a program, and starts a batch file: real files here, and the real cmd.exe on Windows.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { commandInterpreter, findProgram } from '../../src/process/find-program.ts';
import { programStart } from '../../src/process/program-start.ts';
import { environmentOf } from '../../src/process/variables.ts';
import { randomFrom } from '../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-programs-'));
after(() => rmSync(folder, { recursive: true }));
const [first, second] = [join(folder, 'first'), join(folder, 'sec ond')];
for (const path of [first, second, join(second, 'sam.exe')]) mkdirSync(path);
const make = (path: string, text = '') => writeFileSync(path, text, { mode: 0o755 });
for (const name of ['cdk', 'cdk.cmd', 'aws.exe', 'aws.cmd', 'script.py', 'python3.11.exe'])
  make(join(first, name));
for (const name of ['cdk.exe', 'late.bat', 'sam.cmd']) make(join(second, name));

const Path = `.;;${first};"${second}"`;
const PATHEXT = '.COM;.EXE;.BAT;.CMD;.VBS;.PY';
const windows = (variables: Record<string, string | undefined>) =>
  environmentOf(Object.entries(variables), true);

/** What a command finds on Windows; npm puts a shell script `cdk` beside `cdk.cmd`. */
const found: [name: string, path: string | undefined, env?: NodeJS.ProcessEnv][] = [
  ['cdk', join(first, 'cdk.cmd')],
  ['cdk.cmd', join(first, 'cdk.cmd')],
  ['cdk.exe', join(second, 'cdk.exe')],
  ['aws', join(first, 'aws.exe')],
  ['aws', join(first, 'aws.cmd'), { PATHEXT: '.CMD;.EXE' }],
  ['python3.11', join(first, 'python3.11.exe')],
  ['late', join(second, 'late.bat')],
  ['late', join(second, 'late.bat'), { PATHEXT: '' }],
  ['late', undefined, { PATHEXT: '.EXE' }],
  ['sam', join(second, 'sam.cmd')],
  ['script', undefined],
  ['script.py', undefined],
  ['cdk.cmd.', undefined],
  ['cdk.cmd ', undefined],
  ['', undefined],
  ['nothing', undefined],
  [join(second, 'late'), join(second, 'late.bat')],
  [join(first, 'script.py'), undefined],
];
for (const [name, path, env] of found) {
  test(`Windows finds ${path ? relative(folder, path) : 'nothing'} for "${name.replace(folder, '')}"${env ? ` with PATHEXT=${env.PATHEXT}` : ''}`, () => {
    assert.equal(findProgram(name, windows({ Path, PATHEXT, ...env }), true), path);
  });
}

test('the current directory does not choose the program, unless the name says so', (t) => {
  const back = process.cwd();
  process.chdir(first);
  t.after(() => process.chdir(back));
  for (const PATH of ['', '.', ';', '.;\\'])
    assert.equal(findProgram('cdk', { PATH }, true), undefined, PATH);
  assert.equal(findProgram('./cdk', {}, true), join(process.cwd(), 'cdk.cmd'));
});

test('cmd.exe of Windows starts a batch file, and a program starts directly', () => {
  const env = windows({ Path, SystemRoot: 'D:\\Win', ComSpec: 'C:\\tcc.exe' });
  assert.deepEqual(programStart('cdk', ['a b', '50%'], env, true), {
    file: 'D:\\Win\\System32\\cmd.exe',
    args: ['/d', '/e:on', '/v:off', '/s', '/c', `""${join(first, 'cdk.cmd')}" "a b" "50%%cd:~,%""`],
    options: { argv0: 'cmd.exe', windowsVerbatimArguments: true },
  });
  const aws = { file: join(first, 'aws.exe'), args: ['a b', '50%'], options: {} };
  assert.deepEqual(programStart('aws', ['a b', '50%'], env, true), aws);
  assert.throws(() => programStart('nothing', [], env, true), { code: 'ENOENT' });
  assert.throws(() => programStart('cdk', ['a\nb'], env, true), { code: 'usage' });
  const elsewhere = { file: 'cdk.cmd', args: ['a\nb'], options: {} };
  assert.deepEqual(programStart('cdk.cmd', ['a\nb'], env, false), elsewhere);
  assert.equal(commandInterpreter({}), 'C:\\Windows\\System32\\cmd.exe');
});

const pieces = [
  ...[
    '%',
    '"',
    '\\',
    '&',
    '|',
    '<',
    '>',
    '^',
    '!',
    '(',
    ')',
    ' ',
    '\t',
    ',',
    ';',
    '=',
    '%PATH%',
    '!OS!',
    '%1',
    '%*',
  ],
  ...[
    '%cd:~,%',
    '%cd%',
    '&&',
    '2>&1',
    '@',
    '`',
    "'",
    '~',
    '#',
    '*',
    '?',
    '[',
    ']',
    'é',
    '☃',
    '＂',
    '\u00a0',
    'a',
  ],
];

test('cmd.exe gives a batch file 2,000 random arguments unchanged', {
  skip: process.platform !== 'win32' && 'only Windows has cmd.exe',
}, () => {
  const place = join(folder, 'R&D (x86) 100%OS%');
  mkdirSync(place);
  const print = join(folder, 'print.cjs');
  make(print, 'process.stdout.write(JSON.stringify(process.argv.slice(2)));');
  // As the shims of npm pass their arguments.
  const file = join(place, 'print.cmd');
  // By variables: cmd.exe reads the file in a code page that may lack letters of the path.
  make(file, '@ECHO off\r\n"%NODE%" "%PRINT%" %*\r\n');
  const env = { ...process.env, NODE: process.execPath, PRINT: print };
  const random = randomFrom(20);
  for (let round = 0; round < 20; round++) {
    const args = Array.from({ length: 100 }, () =>
      Array.from({ length: random.whole(9) }, () => random.pick(pieces)).join(''),
    );
    const start = programStart(file, args, process.env);
    const options = { ...start.options, env, encoding: 'utf8' } as const;
    const { stdout, stderr } = spawnSync(start.file, start.args, options);
    assert.equal(stderr, '');
    assert.deepEqual(JSON.parse(stdout), args);
  }
});
