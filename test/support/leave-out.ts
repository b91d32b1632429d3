// Skips the tests that made-for-node.ts lists. In a run with the executable, test/run.ts loads this before
// each test file.
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { join, relative } from 'node:path';
import type * as NodeTest from 'node:test';

import { reasonOfTest } from '../made-for-node.ts';

// Replace `test`, because Node 20 has no option that skips tests by name.
const runner = createRequire(import.meta.url)('node:test') as { test: typeof NodeTest.test };
const { test } = runner;
const tests = join(import.meta.dirname, '..');
const file = relative(tests, process.argv[1] ?? '').replaceAll('\\', '/');
runner.test = Object.assign((...args: Parameters<typeof test>) => {
  const reason = reasonOfTest(file, String(args[0]));
  return reason === undefined ? test(...args) : test.skip(`${args[0]} (${reason})`);
}, test) as typeof test;
syncBuiltinESMExports();
