import assert from 'node:assert/strict';
import { fstatSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { test } from 'node:test';
import {
  fitLines,
  labelled,
  padded,
  shownWidth,
  terminalColumns,
  wrapped,
} from '../../src/terminal/columns.ts';

test('a text goes on below itself, and a command is not split', () => {
  const rows = [
    ['role', 'DeveloperAccess'],
    ['failure', 'the provider did not answer in time'],
    ['', 'run: daypass login --profile developer', true],
  ] as const;
  assert.deepEqual(labelled(rows, 36), [
    '  role     DeveloperAccess',
    '  failure  the provider did not',
    '           answer in time',
    '           run: daypass login --profile developer',
  ]);
});

test('the rest of a line that is too long goes on below it, and an address is not split', () => {
  const text = 'one two three four\nshort\nhttp://127.0.0.1:8400/start/x\n';
  const lines = 'one two\n  three four\nshort\nhttp://127.0.0.1:8400/start/x\n';
  assert.equal(fitLines(text, 12), lines);
  assert.equal(fitLines(text, Number.POSITIVE_INFINITY), text);
});

test('a file or a pipe gets every text in one line', () => {
  assert.deepEqual(wrapped('one two three', Number.POSITIVE_INFINITY), ['one two three']);
});

test('colours and combining marks take no column, and wide characters two', () => {
  for (const [text, width] of [
    ['\x1b[32m✓\x1b[39m done', 6],
    ['Zoë', 3],
    ['Zoe\u0308', 3],
    ['山田', 4],
    ['ok 👍', 5],
    ['', 0],
  ] as const)
    assert.equal(shownWidth(text), width, text);
  assert.equal(`${padded('\x1b[1mab\x1b[22m', 4)}|`, '\x1b[1mab\x1b[22m  |');
  assert.deepEqual(wrapped('\x1b[31mone\x1b[39m two', 7), ['\x1b[31mone\x1b[39m two']);
});

test('a terminal device that is no terminal has 80 columns, and is closed', () => {
  const device = openSync(devNull, 'r+');
  assert.equal(terminalColumns(device), 80);
  assert.throws(() => fstatSync(device), { code: 'EBADF' });
});
