// Compares the warnings of doctor with what the AWS clients themselves read.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { profileHeader } from '../../src/aws-config/lines.ts';
import { oddCharacters } from '../../src/aws-config/odd-characters.ts';
import { decodeAwsConfigFile } from '../../src/aws-config/parse.ts';
import { spellingFaults } from '../../src/aws-config/spelling.ts';
import { iniClients } from '../support/ini-clients.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-spelling-'));
after(() => rmSync(root, { recursive: true }));

type Client = 'JavaScript' | 'Ruby';
interface Row {
  text: string;
  profile?: string;
  /** The finding; undefined if no client misreads the file. */
  finding?: RegExp;
  /** The clients that read other keys or values in this profile than botocore. */
  misread?: readonly Client[];
}

const both = ['JavaScript', 'Ruby'] as const;
const rows: Record<string, Row> = {
  'a plain profile': { text: '# x\n\n[profile p]\na = b\nc=d\n; y\n[profile q]\na = c\n' },
  'CRLF and blanks at the ends': { text: '[profile p]\r\na = b \r\n\r\nc\t=\td\t\r\n' },
  'a comment behind the header': { text: '[profile p] # x\na = b\n' },
  'indented comments': { text: '[profile p]\na = b\n  # x\nc = d\n' },
  'special characters in values': { text: '[profile p]\na = b=c:d%e#f;g\\h\n' },
  'letters of other languages in a value': { text: '[profile p]\na = größer\n' },
  'keys of daypass as the person likes': { text: '[profile p]\na = b\ndaypass_scopes = x ; y # z\n' },
  'an indented key': {
    text: '[profile p]\nc = d\n\n[profile q]\nx = y\n[default]\n  a = b\n',
    profile: 'default',
    finding: /^7: a: Ruby ignores indented keys$/,
    misread: ['Ruby'],
  },
  'a key indented by a form feed': {
    text: '[profile p]\n\fa = b\n',
    finding: /^2: a: Ruby ignores indented keys$/,
    misread: ['Ruby'],
  },
  'a colon': {
    text: '[profile p]\na: b\nc = d\n',
    finding: /^2: a: only the AWS CLI and boto3 read "key: value"/,
    misread: both,
  },
  'a colon within a key': {
    text: '[profile p]\na:b = d\n',
    finding: /^2: a: only the AWS CLI and boto3/,
    misread: both,
  },
  'a key in capitals': {
    text: '[profile p]\nRegion = b\n',
    finding: /^2: region: JavaScript and Ruby ignore keys in capitals/,
    misread: both,
  },
  'a # behind the value': {
    text: '[profile p]\na = b # c\n',
    finding: /^2: a: JavaScript, .*cut the value at " #"/,
    misread: ['JavaScript'],
  },
  'a ; behind the value': {
    text: '[profile p]\na = b ; c\n',
    finding: /^2: a: JavaScript, Ruby, .*cut the value at " ;"/,
    misread: both,
  },
  'a continuation line': {
    text: '[profile p]\na = b\n  --x y\nc = d\n',
    finding: /^3: belongs to a above only for the AWS CLI and boto3: JavaScript, Go and Ruby drop it$/,
    misread: both,
  },
  'a continuation line that looks like a key': {
    text: '[profile p]\na = b\n\n  --x=y\n',
    finding: /^4: belongs to a above/,
    misread: both,
  },
  'a no-break space beside the value': {
    text: '[profile p]\na =\u00a0b\n',
    finding: /^2: a: Ruby keeps the blank beside it/,
    misread: ['Ruby'],
  },
  'a no-break space behind the key': {
    text: '[profile p]\na\u00a0= b\n',
    finding: /^2: a: Ruby keeps the blank/,
    misread: ['Ruby'],
  },
  'keys in [DEFAULT]': {
    text: '[DEFAULT]\nr = s\nt = u\n[profile p]\na = b\nt = v\n',
    finding: /^2: r: only the AWS CLI and boto3 add the keys of \[DEFAULT\]/,
    misread: both,
  },
  '[default] above [profile default]': {
    text: '[default]\na = 1\nx = y\n[profile default]\na = 2\n',
    profile: 'default',
    finding:
      /^4: a second section of the profile \(the first is in line 1\): .*JavaScript uses \[profile default\], and Ruby both$/,
    misread: ['Ruby'],
  },
  '[default] below [profile default]': {
    text: '[profile default]\na = 2\nx = y\n[default]\na = 1\n',
    profile: 'default',
    finding: /^4: a second section of the profile \(the first is in line 1\)/,
    misread: both,
  },
  'a profile twice, once in quotes': {
    text: '[profile p]\na = 1\nx = y\n[profile "p"]\na = 2\n',
    finding: /^4: a second section .*only the last, JavaScript uses both, and other clients the plain one$/,
    misread: both,
  },
  'a name in quotes': {
    text: '[profile "p"]\na = b\n',
    finding:
      /^1: Ruby and some other AWS clients read \[profile "p"\] as another profile: write \[profile p\]$/,
    misread: ['Ruby'],
  },
  'a name with a quote in it': {
    text: '[profile d"e"v]\na = b\n',
    profile: 'dev',
    finding: /^1: JavaScript, Ruby and some other AWS clients read/,
    misread: both,
  },
  'two blanks in the header': {
    text: '[profile  p]\na = b\n',
    finding: /^1: JavaScript and some other AWS clients read/,
    misread: ['JavaScript'],
  },
  'a blank at the end of the header': {
    text: '[profile p ]\na = b\n',
    finding: /^1: JavaScript, Ruby and some other AWS clients read/,
    misread: both,
  },
  'a tab in the header': { text: '[profile\tp]\na = b\n', finding: /^1: some AWS clients read/ },
  'an indented header': {
    text: ' [profile p]\na = b\n',
    finding: /^1: Ruby and some other AWS clients read \[profile p\] as another/,
    misread: ['Ruby'],
  },
  'a header that only begins with profile': {
    text: '[profiles p]\na = b\n',
    finding: /^1: JavaScript, Ruby and some other AWS clients read \[profiles p\] as another/,
    misread: both,
  },
  'text behind the header': {
    text: '[profile p] x\na = b\n',
    finding: /^1: JavaScript and Ruby ignore a section with text after its \]$/,
    misread: both,
  },
  'CR alone': {
    text: '[profile p]\na = b\rc = d\n',
    finding: /^2: ends in CR alone: JavaScript and Ruby/,
    misread: both,
  },
};

test('doctor names each client that reads a profile differently', async (t) => {
  const names = Object.keys(rows);
  const paths = names.map((_, index) => join(root, `${index}`));
  for (const [index, name] of names.entries()) writeFileSync(paths[index] ?? '', rows[name]?.text ?? '');
  const [botocore, ...others] = await Promise.all([
    iniClients.botocore(paths),
    iniClients.JavaScript(paths),
    iniClients.Ruby(paths),
  ]);
  for (const [index, name] of names.entries()) {
    await t.test(name, () => {
      const { text, profile = 'p', finding, misread = [] } = rows[name] ?? assert.fail();
      const expected = botocore?.[index]?.[profile];
      assert.ok(expected, 'botocore reads the profile');
      const differs = both.filter((_, client) => !isSame(others[client]?.[index]?.[profile], expected));
      assert.deepEqual(differs, [...misread]);
      const file = decodeAwsConfigFile(Buffer.from(text));
      const found = spellingFaults(profile, profileHeader(profile), file).map(
        (fault) => `${fault.line}: ${fault.text}`,
      );
      if (!finding) return assert.deepEqual(found, []);
      const [told] = found.filter((fault) => finding.test(fault));
      assert.ok(told, `${found}`);
      for (const client of misread)
        assert.match(found.join(), new RegExp(`${client}|only the AWS CLI and boto3`));
    });
  }
});

function isSame(read: Record<string, unknown> | undefined, expected: Record<string, unknown>): boolean {
  const text = (keys: Record<string, unknown>) => JSON.stringify(Object.entries(keys).sort());
  // daypass alone reads its own keys.
  const others = (keys: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(keys).filter(([key]) => !key.startsWith('daypass_')));
  return read !== undefined && text(others(read)) === text(others(expected));
}

const refused: [text: string, others: RegExp, javaScript: object, ruby: object][] = [
  ['[profile p]\na = 1\n[profile p]\nb = 2\n', /merge the two/, { a: '1', b: '2' }, { a: '1', b: '2' }],
  ['[profile p]\na = 1\na = 2\n', /use the last one/, { a: '2' }, { a: '2' }],
  ['[profile p]\nfoo\na = b\n', /skip the line/, { a: 'b' }, { a: 'b' }],
  ['\ufeff[profile p]\na = b\n', /Ruby fail with it too, and JavaScript reads it/, { a: 'b' }, {}],
];
test('where the AWS CLI refuses a file, doctor says what the others do', async () => {
  const paths = refused.map((_, index) => join(root, `refused-${index}`));
  for (const [index, [text]] of refused.entries()) writeFileSync(paths[index] ?? '', text);
  const [botocore, javaScript, ruby] = await Promise.all([
    iniClients.botocore(paths),
    iniClients.JavaScript(paths),
    iniClients.Ruby(paths),
  ]);
  for (const [index, [text, others, ...expected]] of refused.entries()) {
    assert.equal(botocore[index], undefined, text);
    assert.deepEqual(
      [javaScript, ruby].map((read) => ({ ...read[index]?.p })),
      expected,
      text,
    );
    const [fault, ...more] = decodeAwsConfigFile(Buffer.from(text)).refusals;
    assert.match(fault?.others ?? '', others, text);
    assert.deepEqual(more, []);
  }
});

const hidden: [text: string, finding: string][] = [
  ['profile\u00a0dev', 'U+00A0 (no-break space)'],
  ['profile dev\u3000', 'U+3000 (ideographic space)'],
  ['profile eu\u2011dev', 'U+2011 (non-breaking hyphen)'],
  ['profile eu\u2212dev', 'U+2212 (minus sign)'],
  ['profile de\u200bv', 'U+200B (zero width space)'],
  ['\ufeffregion', 'U+FEFF (byte order mark)'],
  ['profile dev\u00ad', 'U+00AD (soft hyphen)'],
  ['profile \u202edev', 'U+202E (invisible)'],
  ['profile dev\0', 'U+0000 (control character)'],
  ['profile \u201cdev\u201d', 'U+201C (left double quotation mark)'],
  ['profile \u2018dev\u2019', 'U+2018 (left single quotation mark)'],
  ['profile d\u0435v', 'U+0435 (Cyrillic, looks like e)'],
  ['profile \u03bfps', 'U+03BF (Greek, looks like o)'],
  ['profile \uff44ev', 'U+FF44 (full-width d)'],
];
for (const [text, finding] of hidden) {
  test(`doctor names a look-alike character in a header: ${finding}`, () => {
    assert.equal(oddCharacters(text, { letters: true }).marks[0], finding);
    const file = decodeAwsConfigFile(Buffer.from(`[${text}]\na = b\n[profile other]\n`));
    const found = spellingFaults('other', '[profile other]', file);
    assert.deepEqual(found, [{ line: 1, text: `the section contains ${finding}: write it again` }]);
  });
}

test('plain names and those of other languages are no look-alikes', () => {
  for (const text of [
    'profile dev',
    'profile\tdev',
    'profile développer',
    'profile разработка',
    '日本-x',
    '~!"',
  ])
    assert.deepEqual(oddCharacters(text, { letters: true }).marks, [], text);
});
