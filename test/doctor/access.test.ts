// Who has access to a file, by its mode or by the access list of Windows.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { accessTo, othersIn } from '../../src/doctor/access.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-access-'));
after(() => rmSync(root, { recursive: true }));

const own = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const other = 'S-1-5-21-1004336348-1177238915-682003330-1002';
const usual = `(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;FA;;;${own})`;

const lists: [what: string, list: string, others: string[]][] = [
  ['a folder of the profile', `D:AI${usual}`, []],
  ['no entry', 'D:P', []],
  ['no list', 'D:NO_ACCESS_CONTROL', ['WD']],
  ['all users may read', `D:AI${usual}(A;ID;0x1200a9;;;BU)`, ['BU']],
  ['another user', `D:PAI(A;;FA;;;${other})${usual}`, [other]],
  ['a group by its number, twice', `D:AI(A;;FR;;;S-1-1-0)(A;OICIIO;FR;;;S-1-1-0)${usual}`, ['S-1-1-0']],
  ['a condition', `D:AI(XA;;FX;;;AU;(@User.Title=="PM"))${usual}`, ['AU']],
  ['the owner, under each of its names', `D:AI${usual}(A;OICIIO;GA;;;CO)(A;;FA;;;OW)`, []],
  ['a denial', `D:AI(D;;FA;;;WD)${usual}`, []],
];

for (const [what, list, others] of lists) {
  test(`the list of ${what} grants something to ${others.join(', ') || 'no one else'}`, () => {
    assert.deepEqual(othersIn(list, own), others);
  });
}

/** Puts programs into a folder of Windows. Without `list`, icacls writes nothing, as that of Wine. */
function pretendWindows(t: TestContext, list?: string): string {
  const folder = mkdtempSync(join(root, 'windows-'));
  const save = list ? `printf '%s\\r\\n' daypass '${list}' | iconv -t UTF-16LE > "$3"` : ':';
  const programs = { icacls: save, whoami: `echo '"vm\\ada","${own}"'` };
  for (const [name, script] of Object.entries(programs)) {
    const path = join(folder, `w\\System32\\${name}.exe`);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  mkdirSync(join(folder, 'tmp'));
  const before = process.env;
  process.env = { ...before, SYSTEMROOT: join(folder, 'w'), TMPDIR: join(folder, 'tmp') };
  t.after(() => {
    process.env = before;
  });
  pretendPlatform(t, 'win32');
  return folder;
}

const posix = { skip: process.platform === 'win32' && 'it pretends to be Windows by shell scripts' };

test('on Windows a folder that all users may read is found, with the command that closes it', posix, (t) => {
  const folder = pretendWindows(t, `D:AI${usual}(A;ID;0x1200a9;;;BU)(A;;FR;;;S-1-1-0)(A;;FR;;;${other})`);
  const { others, command } = accessTo(folder);
  assert.deepEqual(others, ['Users', 'Everyone', other]);
  // An entry of the folder itself stays after /inheritance:r.
  const removals = `/remove:g "*S-1-5-32-545" "*S-1-1-0" "*${other}"`;
  const grants = `/grant:r "*${own}:(OI)(CI)F" "*S-1-5-18:(OI)(CI)F"`;
  assert.equal(command, `icacls ${folder} /inheritance:r ${removals} ${grants}`);
  assert.deepEqual(readdirSync(join(folder, 'tmp')), [], 'nothing is left over');
});

test('on Windows a folder of this user alone is open to no one else', posix, (t) => {
  assert.deepEqual(accessTo(pretendWindows(t, `D:AI${usual}`)).others, []);
});

test(
  'on Windows no command is given that leaves a group with access whose number is not known',
  posix,
  (t) => {
    const folder = pretendWindows(t, `D:AI${usual}(A;;FR;;;PU)`);
    assert.deepEqual(accessTo(folder), { others: ['PU'], command: `icacls ${folder}` });
  },
);

test('on Windows the others are unknown if icacls does not answer', posix, (t) => {
  const folder = pretendWindows(t);
  assert.deepEqual(accessTo(folder), { others: undefined, command: `icacls ${folder}` });
});

test('on other systems the mode decides, and the command quotes a path with blanks', posix, () => {
  const folder = join(root, 'a folder');
  mkdirSync(folder, { mode: 0o700 });
  assert.deepEqual(accessTo(folder).others, []);
  chmodSync(folder, 0o750);
  assert.deepEqual(accessTo(folder), { others: ['other users'], command: `chmod 700 '${folder}'` });
});
