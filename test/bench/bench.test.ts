// `npm run bench` with one pair of the quick figures. It starts a real keyring (test/support/keyring.ts) and runs
// /usr/bin/secret-tool. The npm package stands in for the executable, whose build would take longer than the run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { executableUnderTest } from '../support/executable-under-test.ts';

const root = resolve(import.meta.dirname, '../..');
const npm = join(root, 'dist/daypass.cjs');

test('a small run measures both forms and secret-tool, and prints the table', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-bench-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const json = join(folder, 'figures.json');
  const names = ['cache hit', 'silent refresh', 'miss to link'].flatMap((name) => ['--only', name]);
  const programs = ['--npm', npm, '--executable', executableUnderTest ?? npm];
  const words = ['--import', 'tsx', 'bench/bench.ts', '--pairs', '1', '--json', json, ...names, ...programs];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { figures } = JSON.parse(readFileSync(json, 'utf8'));
  const measured = figures.map(
    ({ name, program }: { name: string; program: string }) => `${program}: ${name}`,
  );
  assert.deepEqual(measured, [
    ...['executable: hit, wall', 'npm: hit, wall', 'secret-tool: hit, wall'],
    ...['executable: hit, CPU', 'npm: hit, CPU', 'secret-tool: hit, CPU'],
    ...['executable: silent refresh', 'npm: silent refresh'],
    ...['executable: miss to link', 'npm: miss to link'],
  ]);
  for (const { values, median } of figures) assert.ok(values.length === 1 && values[0] > 0 && median > 0);
  assert.match(stdout, /, 1 pairs, load average [\d.]+ before the run\.$/m);
  assert.match(
    stdout,
    /^\| hit, wall · CPU \|.*\| [\d.]+ · [\d.]+ \| [\d.]+ · [\d.]+ \| [\d.]+ · [\d.]+ \|$/m,
  );
});
