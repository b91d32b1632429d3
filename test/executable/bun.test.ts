// Bun without the names of its variables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unconfigurable } from '../../scripts/executable/bun.mjs';

const names = [
  ...['BUN_OPTIONS', 'BUN_BE_BUN', 'BUN_INSPECT', 'BUN_INSPECT_CONNECT_TO', 'BUN_INSPECT_PRELOAD'],
  ...['BUN_CONFIG_VERBOSE_FETCH', 'BUN_CRASH_REPORT_URL', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['JSC_functionOverrides', 'BUN_ANY_OTHER'],
];
const text = 'the text BUN_OPTIONS in a sentence';
const program = (...more: string[]) =>
  Buffer.from(['code', ...names, text, 'see https://bun.report', ...more, 'end'].join('\0'), 'latin1');

test('the beginning of every name is overwritten, and no other byte', () => {
  const before = program();
  const after = unconfigurable(before, names.length);
  assert.equal(after.length, before.length);
  const kept = after.toString('latin1').split('\0').filter(Boolean);
  // Another string may be the end of a name: OPTIONS is a method of HTTP.
  const ends = names.map((name) => name.replace(/^(BUN_|SSL_|JSC_func)/, ''));
  assert.deepEqual(kept, ['code', ...ends, text, 'see http://127.0.0.1:0', 'end']);
});

test('a Bun with other names is refused', () => {
  assert.throws(
    () => unconfigurable(program('BUN_NEW'), names.length),
    /12 names instead of 11, and lacks none/,
  );
  const lacking = Buffer.from(program().toString('latin1').replace('BUN_BE_BUN', 'BUN_XX_BUN'), 'latin1');
  assert.throws(() => unconfigurable(lacking, names.length), /11 names instead of 11, and lacks BUN_BE_BUN/);
  assert.throws(() => unconfigurable(program('https://bun.report'), names.length), /reports 2 times/);
});
