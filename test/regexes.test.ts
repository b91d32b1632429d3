// No regular expression of the product takes more than linear time, whatever text it reads: one line of a
// config file must not stop a call. Each literal meets texts made from its own words, so it can miss one.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const source = resolve(import.meta.dirname, '../src');

/** A literal after a word or a sign that no division follows. Parts of paths look the same and do no harm. */
const literal =
  /(?<=(?:^|[(,=:?!&|[{};>]|\breturn)\s*)\/(?![/*])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)/gm;

const signs = [...' \t\n"\'[]()<>{}/\\.,:;-=+%@&#a0A_', '\u00a0', '\u{1f600}', '\0'];

/** Returns texts that repeat one thing, alone and after what the expression wants first. */
function* hostileTexts({ source }: RegExp): Generator<(length: number) => string> {
  const words = source.replace(/\\(?=[^\w\s])/g, '').match(/[A-Za-z0-9]+|[^\w\s()?*+|^$\\]+/g) ?? [];
  const beginnings = words.map((_, index) => words.slice(0, index + 1).join(''));
  const units = new Set([...signs, ...words, ...beginnings]);
  for (const start of new Set(['', '\0', ...signs.slice(0, 6), ...words, ...beginnings]))
    for (const unit of units)
      for (const end of ['\0', ' \0'])
        yield (length) => start + unit.repeat(Math.ceil(length / unit.length)) + end;
}

/** Returns the milliseconds of CPU that all matches of a text take. */
function cost(form: RegExp, text: string): number {
  const before = process.cpuUsage();
  text.replace(form, '');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Returns a text that takes more than linear time. Short texts come first: a long one might never end. */
function slowText(form: RegExp): string | undefined {
  for (const text of hostileTexts(form)) {
    const isSlow =
      // Linear: below a millisecond. Exponential, and then cubic: far more than a busy machine explains.
      cost(form, text(25)) > 100 ||
      cost(form, text(1_000)) > 100 ||
      // Linear: below a millisecond. Quadratic: ten milliseconds, then seconds.
      (cost(form, text(6_000)) > 4 && cost(form, text(60_000)) > 300);
    if (isSlow) return JSON.stringify(text(4));
  }
  return undefined;
}

test('the texts of this test find expressions that are known to be slow', () => {
  const slow = [/^\[\s*([^\]]*?)\s*\]/, /[>"']+$/, /([.!?:…]|[=:/]\S*)$/, /^(\w+\s?)+$/, /\s+$/, /eyJ.*\.$/];
  for (const form of slow) assert.ok(slowText(form), String(form));
});

for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.ts')) continue;
  const forms = [...readFileSync(join(source, file), 'utf8').matchAll(literal)];
  if (forms.length === 0) continue;
  test(`every regular expression of ${file} takes linear time`, () => {
    for (const [, form = '', flags] of forms)
      assert.equal(slowText(new RegExp(form, flags)), undefined, form);
  });
}
