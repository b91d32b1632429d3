import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from '../../src/terminal/printable.ts';

test('every character that a terminal acts on is replaced', () => {
  const hostile = [
    '\x1b[31mred',
    'a\rb',
    'a\nb',
    '\x07',
    '\x08',
    '\x9b31m',
    '\u202Eevil',
    '\u200B',
    '\u2028',
    '\uD800',
    '\u{E0041}',
  ];
  for (const text of hostile)
    assert.doesNotMatch(printable(text), /[\p{C}\p{Zl}\p{Zp}]/u, JSON.stringify(text));
});

test('words in any script stay unchanged', () => {
  for (const text of ['Zoë Müller', '山田太郎', 'مريم', 'ada@example.com'])
    assert.equal(printable(text), text);
});

test('a long text is cut', () => {
  assert.equal(printable('x'.repeat(1000)), `${'x'.repeat(300)}…`);
  assert.equal(printable('x'.repeat(1000), 900), `${'x'.repeat(900)}…`);
  assert.equal(printable('x'.repeat(300)), 'x'.repeat(300));
});

test('a text is cut after a number of bytes, between characters', () => {
  assert.equal(printable('é'.repeat(151)), `${'é'.repeat(150)}…`);
  assert.equal(printable(`x${'😀'.repeat(80)}`), `x${'😀'.repeat(74)}…`);
  assert.equal(printable('\x9b'.repeat(101)), `${'\uFFFD'.repeat(100)}…`);
});

test('ten thousand random strings have no control character afterwards', () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed;
  };
  for (let round = 0; round < 10_000; round++) {
    const units = Array.from({ length: random() % 40 }, () => random() % 0x10000);
    const text = printable(String.fromCharCode(...units));
    assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u);
  }
});
