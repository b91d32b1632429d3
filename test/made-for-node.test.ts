// Checks the list of what test:executable leaves out: each entry exists and matches nothing else.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { madeForNode, reasonOfFile, reasonOfTest } from './made-for-node.ts';

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts'));

for (const [name, reasons] of Object.entries(madeForNode)) {
  test(`${name}, which test:executable leaves out, exists`, () => {
    assert.ok(
      files.some((file) => (name.endsWith('/') ? file.startsWith(name) : file === name)),
      name,
    );
    if (typeof reasons === 'string') return;
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    for (const title of Object.keys(reasons)) {
      // The title of a fault is built from its id.
      const spelled = /^[A-Z]+\d+ $/.test(title) ? `'${title.trim()}'` : title;
      assert.ok(text.includes(spelled), `${name} has no test ${title}`);
    }
  });
}

test('a file or a test is left out by its own name alone', () => {
  assert.match(reasonOfFile('windows/session.test.ts') ?? '', /Wine/);
  assert.match(reasonOfFile('hit-path.test.ts') ?? '', /modules/);
  assert.equal(reasonOfFile('faults/hit-path.test.ts'), undefined);
  assert.equal(reasonOfFile('faults/leaks.test.ts'), undefined);
  assert.match(reasonOfTest('faults/leaks.test.ts', 'X02 a hit reports') ?? '', /preloads/);
  assert.equal(reasonOfTest('faults/leaks.test.ts', 'X01 the log'), undefined);
  assert.equal(reasonOfTest('stories.test.ts', 'X02 a hit reports'), undefined);
});
