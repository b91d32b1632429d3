// Paths of Windows that AWS clients read alike: with the real cmd.exe on Windows, and the decisions everywhere.
import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isPlainPath } from '../../src/aws-config/process-line.ts';
import { credentialProcessLine, lineOf, ownProgram } from '../../src/configure/credential-process-line.ts';
import { junctionAdvice, plainPath, shortPathLine, spelled } from '../../src/configure/plain-path.ts';
import { DaypassError } from '../../src/errors.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';

const nowhere = { SYSTEMROOT: 'C:\\nowhere' };

test('a path has backslashes, and no \\n, which the SDK v2 for Go reads as a line break', () => {
  assert.equal(spelled('C:/PROGRA~1\\nodejs\\node.exe'), 'C:\\PROGRA~1\\Nodejs\\Node.exe');
  assert.equal(spelled('C:\\Tools\\daypass.cmd'), 'C:\\Tools\\daypass.cmd');
});

test('the line that asks cmd.exe for the short path has the path in quotes, and no variable in it', () => {
  const line = (path: string) => `"for %I in ("${path}") do @echo %~sI"`;
  assert.equal(shortPathLine('C:\\a\\node.exe'), line('C:\\a\\node.exe'));
  assert.equal(shortPathLine('C:\\R&D (x)\\100%OS%'), line('C:\\R&D (x)\\100%%cd:~,%OS%%cd:~,%'));
});

/** What configure advises where no path is plain. */
const advice: [paths: string[], home: string, advice: RegExp][] = [
  [
    ['C:\\Program Files\\nodejs\\node.exe'],
    'C:\\Users\\ada',
    /^run: cmd \/c mklink \/J C:\\Users\\ada\\link-to-node "C:\\Program Files\\nodejs"$/,
  ],
  [
    ['D:\\My Node\\node.exe', 'D:\\My Tools\\daypass.cjs'],
    'C:\\Users\\nina',
    /^run: cmd \/c mklink \/J C:\\Users\\Nina\\link-to-node "D:\\My Node", and: cmd \/c mklink \/J C:\\Users\\Nina\\link-to-daypass "D:\\My Tools"$/,
  ],
  [['D:\\My Node\\node.exe'], 'C:\\Users\\Jörg', /other users cannot change \(cmd \/c mklink \/J JUNCTION/],
  // PowerShell ends the text at such a mark, and gives cmd.exe no quotes around a path without blanks.
  [
    ['D:\\My \u201dcalc\\node.exe'],
    'C:\\Users\\ada',
    /other users cannot change \(cmd \/c mklink \/J JUNCTION/,
  ],
  [['D:\\R&D\\node.exe'], 'C:\\Users\\ada', /other users cannot change \(cmd \/c mklink \/J JUNCTION/],
  [['D:\\R & D\\node.exe'], 'C:\\Users\\ada', /link-to-node "D:\\R & D"$/],
  [['D:\\100%OS%\\node.exe'], 'C:\\Users\\ada', /other users cannot change \(cmd \/c mklink \/J JUNCTION/],
];
for (const [paths, home, expected] of advice) {
  test(`the advice for ${paths.join(' and ')} in the home ${home}`, () => {
    assert.match(junctionAdvice(paths, { home, env: nowhere }), expected);
  });
}

const skip = process.platform !== 'win32' && 'only Windows has short names';

function makeFile(t: TestContext, ...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-paths-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, ...names.slice(0, -1)), { recursive: true });
  const path = join(folder, ...names);
  writeFileSync(path, '');
  return path;
}

for (const names of [
  ['Program Files (x86)', 'nodejs', 'node.exe'],
  ['Jörg', 'npm', 'daypass.cmd'],
  ['nodejs', 'node.exe'],
]) {
  test(`a path with ${names.join(' and ')} has another one that all AWS clients read alike`, {
    skip,
  }, (t) => {
    const path = makeFile(t, ...names);
    const plain = plainPath(path, { home: 'C:\\Users\\Jörg', env: process.env }) ?? '';
    assert.ok(isPlainPath(plain), plain);
    assert.ok(!plain.includes('\\n'));
    // Names that need no other one stay legible.
    assert.equal(plain.toLowerCase().split('\\').at(-1), names.at(-1));
    assert.equal(statSync(plain, { bigint: true }).ino, statSync(path, { bigint: true }).ino);
  });
}

test('a short name may have signs that clients read in different ways', { skip }, (t) => {
  const path = makeFile(t, 'My Tools', '100%OS%', 'node.exe');
  assert.equal(plainPath(path, { home: 'C:\\Users\\Jörg', env: process.env }), undefined);
});

test('a path with spaces that has no other name is an error that names the junction', (t) => {
  pretendPlatform(t, 'win32');
  const program = { command: [], env: nowhere, home: 'C:\\Users\\ada' };
  assert.throws(
    () => lineOf(['C:\\My Node\\node.exe', 'C:\\daypass.cjs'], 'p', program),
    (error) => {
      assert.ok(error instanceof DaypassError);
      assert.equal(error.code, 'bad-configuration');
      assert.match(error.faults[0] ?? '', /read in different ways: C:\\My Node\\node\.exe$/);
      assert.equal(
        error.hint,
        'run: cmd /c mklink /J C:\\Users\\ada\\link-to-node "C:\\My Node", then run the command again',
      );
      return true;
    },
  );
  const words = ['C:\\PROGRA~1\\Nodejs\\Node.exe', 'C:\\d\\daypass.cjs'];
  assert.equal(lineOf(words, 'p'), `${words.join(' ')} --profile p`);
});

test("npm's shim is the command where its path is plain and that of Node is not", { skip }, (t) => {
  const node = makeFile(t, '100%OS%', 'node.exe');
  const script = makeFile(t, 'node_modules', 'daypass', 'dist', 'daypass.cjs');
  const shim = join(script, '../../../../daypass.cmd');
  writeFileSync(shim, '@"node"  "%~dp0\\node_modules\\daypass\\dist\\daypass.cjs" %*\r\n');
  const [argv, execPath] = [process.argv, process.execPath];
  t.after(() => Object.assign(process, { argv, execPath }));
  Object.assign(process, { argv: [node, script], execPath: node });
  const program = ownProgram({ env: process.env, home: 'C:\\Users\\Jörg' });
  assert.equal(program.command.length, 1);
  const line = credentialProcessLine('p', program, { profiles: new Map(), wantsLink: false });
  assert.match(line, /\\daypass\.cmd --profile p$/i);
  // The present line runs the same daypass, so it stays.
  const profiles = (value: string) => new Map([['p', new Map([['credential_process', { value, line: 2 }]])]]);
  rmSync(shim);
  writeFileSync(`${shim}.cmd`, '@"node"  "%~dp0\\node_modules\\daypass\\dist\\daypass.cjs" %*\r\n');
  const present = `${shim}.cmd --profile p`;
  const without = ownProgram({ env: process.env, home: 'C:\\Users\\Jörg' });
  assert.equal(
    credentialProcessLine('p', without, { profiles: profiles(present), wantsLink: false }),
    present,
  );
});

test('without short names there is no such path, until the junction that configure advises', {
  skip,
}, (t) => {
  const path = makeFile(t, 'My Node', 'node.exe');
  const home = mkdtempSync('C:\\daypass-home-');
  t.after(() => rmSync(home, { recursive: true }));
  const place = { home, env: nowhere };
  assert.equal(plainPath(path, place), undefined);
  const junction = /mklink \/J (\S+) "(.*)"$/.exec(junctionAdvice([path], place)) ?? [];
  try {
    symlinkSync(junction[2] ?? '', junction[1] ?? '', 'junction');
    statSync(join(junction[1] ?? '', 'node.exe'));
  } catch {
    // Wine has no junctions; a hard link is the same file too.
    rmSync(junction[1] ?? '', { force: true, recursive: true });
    mkdirSync(junction[1] ?? '');
    linkSync(path, join(junction[1] ?? '', 'node.exe'));
  }
  assert.equal(plainPath(path, place), spelled(join(junction[1] ?? '', 'node.exe')));
});
