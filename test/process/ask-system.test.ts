import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askSystem } from '../../src/process/ask-system.ts';

const node = (script: string) => askSystem(process.execPath, ['-e', script]);

test('a program of the system is asked once, and one that fails or is missing gives no answer', () => {
  const script = 'console.log(process.pid)';
  assert.match(node(script) ?? '', /^\d+\r?\n$/);
  assert.equal(node(script), node(script));
  assert.equal(node('console.log(1); process.exit(1)'), undefined);
  assert.equal(askSystem('/nowhere/launchctl', ['managername']), undefined);
});
