// Adds the results of test/store/split-store.test.ts, which simulates keychains of other systems, to the
// matrix.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordKeychain } from './client-stage.ts';

const file = join(import.meta.dirname, '../store/split-store.test.ts');

test("with Windows' limits simulated, every case of the split store passes", () => {
  // Without this, the inner test run would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const words = ['--import', 'tsx', '--test-reporter=tap', file];
  const { stdout } = spawnSync(process.execPath, words, {
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const cases = new Map<string, boolean[]>();
  for (const [, not, title = ''] of stdout.matchAll(/^(not )?ok \d+ - (.*)$/gm)) {
    // The text before the colon names the simulated system.
    const what = title.replace(/^[^:]*: /, '');
    cases.set(what, [...(cases.get(what) ?? []), !not]);
  }
  for (const [what, outcomes] of cases) {
    const passed = outcomes.filter(Boolean).length;
    recordKeychain(
      'Windows, simulated',
      what,
      passed === outcomes.length ? `ok, cases: ${passed}` : 'FAILED',
    );
    assert.equal(passed, outcomes.length, stdout);
  }
  const tried = [...cases.keys()].join('\n');
  for (const part of [/a read returns what was written/, /a kill at any step/, /a reader at any step/])
    assert.match(tried, part);
});
