import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editProfile } from '../../src/aws-config/edit.ts';
import { linesOf } from '../../src/aws-config/lines.ts';
import { decodeAwsConfigFile, parseAwsConfigFile } from '../../src/aws-config/parse.ts';
import { spellingFaults } from '../../src/aws-config/spelling.ts';

test('each line has its number, its text, its line break and its kind', () => {
  const text = '\uFEFF# a\r\n[ profile  x ] ; b\n  k = v=w \r\n   more\r  K=\n\n[open\n= c\n[a = b';
  const lines = linesOf(text);
  assert.deepEqual(
    lines.map(({ number, kind, end }) => [number, kind, end]),
    [
      [1, 'comment', '\r\n'],
      [2, 'section', '\n'],
      [3, 'key', '\r\n'],
      [4, 'continuation', '\r'],
      [5, 'key', '\n'],
      [6, 'blank', '\n'],
      [7, 'other', '\n'],
      [8, 'other', '\n'],
      [9, 'key', ''],
    ],
  );
  assert.equal(lines.map((line) => line.text + line.end).join(''), text.slice(1));
  const [, section, key, continuation] = lines;
  assert.ok(section?.kind === 'section' && key?.kind === 'key' && continuation?.kind === 'continuation');
  assert.deepEqual([section.header, section.name], ['[ profile  x ]', ' profile  x ']);
  assert.deepEqual([key.key, key.value, key.isIndented], ['k', 'v=w', true]);
  assert.equal(continuation.above, key);
});

const long = 100_000;
const blanks = ' '.repeat(long);
const longLines = {
  blank: blanks,
  comment: `#${blanks}x`,
  'indented comment': `${blanks}#`,
  key: `x${blanks}=${blanks}y`,
  'key with brackets': `x = ${'['.repeat(long)}`,
  'key with quotes': `x = ${'"'.repeat(long)}`,
  continuation: `x = y\n${blanks}z${blanks}z`,
  section: `[profile${blanks}x${blanks}]${blanks}# y`,
  'quoted section': `[profile "${'x'.repeat(long)}]`,
  'section with a line separator': `[profile${blanks}x\u2028y]`,
  'unclosed section': `[${blanks}`,
  'unclosed section with text': `[${blanks}x${blanks}y`,
  brackets: '['.repeat(long),
  other: `x${blanks}y${blanks}`,
  'line of Unicode blanks': `x${'\u00a0'.repeat(long)}y`,
};
for (const [what, line] of Object.entries(longLines)) {
  test(`a ${what} of 100 KB is read, examined and edited in linear time`, () => {
    const text = `[profile other]\na = b\n${line}\n`;
    const begin = performance.now();
    const file = parseAwsConfigFile(text);
    for (const profile of file.profiles.keys()) spellingFaults(profile, `[profile ${profile}]`, file);
    decodeAwsConfigFile(Buffer.from(text));
    const edited = editProfile(text, 'developer', { region: 'eu-west-1' }, 'config');
    assert.equal(edited, `${text}\n[profile developer]\nregion = eu-west-1\n`);
    // Quadratic time would be at least ten seconds.
    assert.ok(performance.now() - begin < 5_000);
  });
}
