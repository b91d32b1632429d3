import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import type { Measurement } from '../../bench/figure.ts';
import { readOptions } from '../../bench/options.ts';
import { tableOf, withTable } from '../../bench/page.ts';

const page = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/performance.md'), 'utf8');
const results: Measurement[] = [
  { name: 'hit, wall', program: 'executable', values: [0.9, 0.95, 2] },
  { name: 'hit, CPU', program: 'executable', values: [0.7, 0.8] },
  { name: 'hit, wall', program: 'npm', values: [1.6] },
  { name: 'hit, wall', program: 'secret-tool', values: [0.5] },
  { name: 'renewal, peak RSS', program: 'executable', values: [63.4], unit: 'MB' },
  { name: 'aws configure export-credentials', values: [], note: 'SKIPPED: it is not there' },
];

test('the table has medians beside their limits, and an empty cell without a measurement', () => {
  const [head, , hit, refresh, parallel, memory, aws] = tableOf(results).split('\n');
  assert.equal(
    head,
    '| figure, ÷ bare `node -e 0` | required | aim | executable | npm | `secret-tool lookup` |',
  );
  assert.equal(
    hit,
    '| hit, wall · CPU | 1 · 0.8; npm, wall: 1.75 | 0.85 · 0.7; npm, wall: 1.6 | 0.95 · 0.75 | 1.60 · – | 0.50 · – |',
  );
  assert.equal(refresh, '| silent refresh · miss to link | 6 · 5 | 5 · 4 |  |  |  |');
  assert.equal(parallel, '| 100 parallel hits, CPU | 0.85 | 0.75 |  |  |  |');
  assert.equal(memory, '| renewal, peak RSS | 70 MB | 60 MB | 63 MB |  |  |');
  assert.equal(aws, "| AWS CLI ÷ the same with `sh -c 'cat file'` | 1.05 | 1.03 |  |  |  |");
});

test('the page has a place for the table, which a second run replaces', () => {
  const first = withTable(page, 'one machine', []);
  const second = withTable(first, 'another machine', results);
  assert.equal(second, withTable(page, 'another machine', results));
  assert.ok(second.includes(`another machine\n\n${tableOf(results)}\n`));
  assert.ok(!second.includes('one machine'));
  const before = page.slice(0, page.indexOf('<!--'));
  assert.ok(before.length > 0 && second.startsWith(before));
  assert.throws(() => withTable('# Performance\n', 'a machine', results), /no place/);
});

test('the page is written with all figures alone', () => {
  assert.equal(readOptions(['--write']).write, true);
  assert.equal(readOptions([]).pairs, 40);
  assert.throws(() => readOptions(['--write', '--only', 'hit']), /--write needs all figures/);
  assert.throws(() => readOptions(['--pairs', '0']), /whole number/);
});
