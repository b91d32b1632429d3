import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BadJson, compactJson } from '../../src/settings/compact-json.ts';
import { randomFrom } from '../support/random.ts';

function faultOf(text: string): [message: string, offset: number] {
  try {
    return assert.fail(`accepted: ${compactJson(text)}`);
  } catch (error) {
    if (error instanceof BadJson) return [error.message, error.offset];
    throw error;
  }
}

test('blanks between words are left out, and every word stays as it is written', () => {
  for (const [text, compact] of [
    [' { "a b" : [ 1.0 , -2e+3 ,\r\n\ttrue , null ] } \n', '{"a b":[1.0,-2e+3,true,null]}'],
    [
      '{"a":"\\u00e9 \\" , : { ","é":12345678901234567890}',
      '{"a":"\\u00e9 \\" , : { ","é":12345678901234567890}',
    ],
    ['[]', '[]'],
    ['{}', '{}'],
    ['[[],{},""]', '[[],{},""]'],
    ['"x"', '"x"'],
    ['{"__proto__":{"__proto__":1},"constructor":2}', '{"__proto__":{"__proto__":1},"constructor":2}'],
    ['{"a":{"x":1},"b":{"x":1}}', '{"a":{"x":1},"b":{"x":1}}'],
  ] as const)
    assert.equal(compactJson(text), compact);
});

test('a fault has its place', () => {
  for (const [text, message, offset] of [
    ['', /^the text ends where a value is expected$/, 0],
    [' \n', /^the text ends where a value/, 2],
    ['{"a":1,}', /^expected a name, not }$/, 7],
    ['[1,]', /^expected a value, not ]$/, 3],
    ['{"a" 1}', /^expected :, not 1$/, 5],
    ['{"a":1 "b":2}', /^expected , or }, not "b"$/, 7],
    ['[1 2]', /^expected , or ], not 2$/, 3],
    ['[1}', /^expected , or ], not }$/, 2],
    ['{]', /^expected a name or }, not ]$/, 1],
    ['{"a":1]', /^expected , or }, not ]$/, 6],
    ['{"a":1}}', /^expected the end, not }$/, 7],
    ['{} {}', /^expected the end, not {$/, 3],
    ["{'a':1}", /^expected a name or }, not 'a'$/, 1],
    ['{a:1}', /^expected a name or }, not a$/, 1],
    ['{1:1}', /^expected a name or }, not 1$/, 1],
    ['{"a":01}', /^expected a value, not 01$/, 5],
    ['{"a":NaN}', /^expected a value, not NaN$/, 5],
    ['{"a":"\\x"}', /^expected a value, not "\\x"$/, 5],
    ['{"a":"b\nc"}', /^expected a value, not "$/, 5],
    ['{"a":"b\tc"}', /^expected a value, not "b.c"$/, 5],
    ['{"a', /^expected a name or }, not "$/, 1],
    ['{"a":1', /^the text ends where , or } is expected$/, 6],
    ['{"a":', /^the text ends where a value is expected$/, 5],
    ['// x\n{}', /^expected a value, not \/\/$/, 0],
    ['\u00a0{}', /^expected a value, not \u00a0$/, 0],
    ['{"a":1,"b":2,"\\u0061":3}', /^"\\u0061" occurs twice in one object$/, 13],
    ['{"__proto__":1,"__proto__":2}', /^"__proto__" occurs twice/, 15],
  ] as const) {
    const [fault, at] = faultOf(text);
    assert.match(fault, message, JSON.stringify(text));
    assert.equal(at, offset, JSON.stringify(text));
  }
});

test('it accepts what JSON.parse accepts apart from repeated names, and means the same', () => {
  const random = randomFrom(24);
  const letters = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '1',
    '-0.5e1',
    'true',
    ' ',
    '\n',
    '"',
    '\\',
    'x',
  ];
  const valid = '{"a":[1,{"b":"c"},null],"d":{"e":[]}}';
  let accepted = 0;
  for (let round = 0; round < 20_000; round++) {
    const at = random.whole(valid.length);
    const word = letters[random.whole(letters.length)] ?? '';
    const text =
      round % 2 === 0
        ? valid.slice(0, at) + word + valid.slice(at + random.whole(3))
        : Array.from({ length: random.whole(8) }, () => letters[random.whole(letters.length)]).join('');
    const parsed = parse(text);
    try {
      const compact = compactJson(text);
      accepted++;
      assert.deepEqual([parse(compact)], [parsed], text);
      assert.notEqual(parsed, undefined, text);
    } catch (error) {
      if (!(error instanceof BadJson)) throw error;
      assert.ok(parsed === undefined || /occurs twice/.test(error.message), `${text}: ${error.message}`);
      assert.ok(error.offset >= 0 && error.offset <= text.length);
    }
  }
  assert.ok(accepted > 1000, `${accepted}`);
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

test('a deep or long text ends in time that grows with its length', () => {
  const deep = '['.repeat(60_000);
  assert.match(faultOf(deep)[0], /^the text ends/);
  assert.equal(compactJson(deep + ']'.repeat(60_000)).length, 120_000);
  assert.match(faultOf('"'.repeat(60_001))[0], /^expected the end/);
  assert.match(faultOf(`"${'\\"'.repeat(60_000)}`)[0], /^expected a value/);
});
