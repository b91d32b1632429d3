// The first script of the single executable has its functions compiled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext, Script } from 'node:vm';
import { eager } from '../../scripts/eager.mjs';

const source = `"use strict";
var seen = [first(1), typeof last, isStrict()];
async function first(value) { return helper(value); }
function helper(value = (() => 1)()) { function inner() { return value; } return inner() + 1; }
var after = \`\${last.name} function last() {}\`;
function isStrict() { return this === undefined; }
class Kept { function() { return helper(2); } }
seen.push(after, new Kept().function());
function last() {}
seen;`;

test('a changed script does the same, and its functions keep their names', async () => {
  const results = async (text: string) => await Promise.all(runInNewContext(text));
  assert.deepEqual(await results(eager(source)), await results(source));
  assert.deepEqual(await results(source), [2, 'function', true, 'last function last() {}', 3]);
});

test('the code cache has the functions before they are called', () => {
  // A compiled body is much larger than the placeholder of a function that is not.
  const body = Array.from({ length: 200 }, (_, index) => `a.push(${index} + a[${index}]);`).join('');
  const text = `"use strict"; function long(a) { ${body} }`;
  const held = (script: string) => new Script(script).createCachedData().length;
  assert.ok(held(eager(text)) > held(text) + 2000);
});
