// Compares docs/threats.md with the cases that the tests try.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { requiredRows } from './clients/required.ts';
import { faultIds } from './faults/table.ts';
import { usedFiles } from './support/used-files.ts';

const page = readFileSync(resolve(import.meta.dirname, '../docs/threats.md'), 'utf8');

/** The id and the test file of each row. */
const rows = [...page.matchAll(/^\| (\w[\w.]*) \|.* \| ([\w-]+\/[\w-]+) +\|$/gm)].map(
  ([, id = '', path = '']) => ({ id, file: join(import.meta.dirname, `${path}.test.ts`) }),
);

/** The ids of the other conformance modules, of requirements that a test names, and of the single executable. */
const executable = ['WE01', 'WE02', 'WE03', 'WE04', 'WE05', 'WE06'];
const others = ['2.11', 'N2', 'N10', 'N11', 'N14', ...executable];

test('docs/threats.md lists each case of the fault and client tests once, and nothing else', () => {
  const clientCases = Object.keys(requiredRows).map((row) => row.split(' ', 1)[0] ?? '');
  const known = [...faultIds(), ...new Set(clientCases), ...others];
  assert.deepEqual(rows.map(({ id }) => id).sort(), known.sort());
});

test('docs/threats.md names a test file that tries the case', () => {
  for (const { id, file } of rows) {
    assert.ok(existsSync(file), `${id}: there is no ${file}`);
    const texts = [...usedFiles(file)].map((used) => readFileSync(used, 'utf8'));
    // Some tests build the last digit of an id.
    const spelled = new RegExp(`\\b${id.replace('.', '\\.')}\\b|\`${id.slice(0, -1)}\\$\\{`);
    assert.ok(
      texts.some((text) => spelled.test(text)),
      `${file} does not try ${id}`,
    );
  }
});
