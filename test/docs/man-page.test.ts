// Checks the man page with the programs that show it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';

const page = resolve(import.meta.dirname, '../../man/daypass.1');

function run(program: string, ...args: string[]) {
  const env = {
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    MANWIDTH: '80',

    HOME: '/',
  };
  return spawnSync(program, args, { encoding: 'utf8', env });
}

test('man shows the page without a warning, within 80 columns', () => {
  const { status, stdout, stderr } = run('/usr/bin/man', '--warnings', '-l', page);
  assert.deepEqual([status, stderr], [0, '']);
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
  for (const title of ['NAME', 'SYNOPSIS', 'COMMANDS', 'SETTINGS', 'ENVIRONMENT', 'FILES', 'EXIT STATUS'])
    assert.ok(lines.includes(title), title);
  assert.match(stdout, /^ {7}daypass - sign in to AWS/m);
});

test('mandoc finds nothing to warn of', () => {
  const { status, stdout, stderr } = run('/usr/bin/mandoc', '-Tlint', '-Wwarning', page);
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('mandoc shows the page within 80 columns', () => {
  const { status, stdout } = run('/usr/bin/mandoc', '-Tutf8', '-Owidth=80', page);
  assert.equal(status, 0);
  // Bold letters are typed twice.
  const lines = stdout.replace(/.[\b]/g, '').split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
});
