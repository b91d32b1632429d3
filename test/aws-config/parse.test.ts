// Compares the refusals and their lines with botocore itself; botocore.test.ts does so with odd files.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { decodeAwsConfigFile } from '../../src/aws-config/parse.ts';
import { iniClients } from '../support/ini-clients.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-refusals-'));
after(() => rmSync(root, { recursive: true }));

async function isReadByBotocore(contents: readonly Buffer[]): Promise<boolean[]> {
  const paths = contents.map((_, index) => join(root, `${index}`));
  for (const [index, path] of paths.entries()) writeFileSync(path, contents[index] ?? '');
  return (await iniClients.botocore(paths)).map((profiles) => profiles !== undefined);
}

const told = (content: Buffer) =>
  decodeAwsConfigFile(content).refusals.map(({ line, text }) => `line ${line}: ${text}`);

const p = '[profile p]\nregion = us-east-1\n';
const cases: [what: string, content: string | Buffer, faults: RegExp[]][] = [
  ['a plain file', `# x\n${p}[default]\ns3 =\n  a = b\n`, []],
  ['an empty one', '', []],
  [
    'an sso-session twice',
    `[sso-session x]\na = b\n${p}[sso-session x]\n`,
    [/^line 5: a second \[sso-session x\]$/],
  ],
  ['a services section twice', `${p}[services s]\n[services s]\n`, [/^line 4: a second \[services s\]$/]],
  ['a profile twice', `${p}[profile p]\noutput = x\n`, [/^line 3: a second \[profile p\]$/]],
  ['a profile twice, once in quotes', `${p}[profile "p"]\n`, []],
  ['[DEFAULT] twice', '[DEFAULT]\na = b\n[DEFAULT]\nc = d\n', []],
  [
    'a key twice in an sso-session',
    `${p}[sso-session x]\na = b\nA = c\n`,
    [/^line 5: a second a in \[sso-session x\]$/],
  ],
  ['a key twice in a profile', `${p}region = x\n`, [/^line 3: a second region in \[profile p\]$/]],
  [
    'keys before every section',
    `region = x\noutput = json\n${p}`,
    [/^line 1: is before the first \[section\]$/],
  ],
  ['an include at the top', `@include x\n${p}`, [/^line 1: is before/]],
  [
    'a section without its ]',
    `${p}[profile broken\nx = y\n`,
    [/^line 3: \[profile broken has no closing \]$/],
  ],
  [
    'a first section without its ]',
    `[profile broken\n${p}`,
    [/^line 1: \[profile broken has no closing \]$/],
  ],
  [
    'a line without = in a services section',
    `[services s]\nnonsense\n${p}`,
    [/^line 2: not a "key = value"$/],
  ],
  [
    'a line without = in a block',
    `[services s]\ns3 =\n  a = b\n  nonsense\n${p}`,
    [/^line 4: not a "key = value", which the block/],
  ],
  ['a line without = that goes on with a value', `[services s]\ns3 = x\n  nonsense\n${p}`, []],
  ['a colon', `${p}output: json\n`, []],
  ['a key without a name', `${p}= x\n`, [/^line 3: not a "key = value"$/]],
  ['a byte order mark', `\uFEFF${p}`, [/^line 1: a byte order mark$/]],
  ['UTF-16', Buffer.from(`\uFEFF${p}`, 'utf16le'), [/^line 1: not UTF-8$/]],
  ['Latin-1', Buffer.from(`${p}# größer\n`, 'latin1'), [/^line 3: not UTF-8$/]],
  ['three faults', `${p}x\n[sso-session x]\ny\n[sso-session x]\n`, [/^line 3/, /^line 5/, /^line 6/]],
  ['CR alone', `${p.replaceAll('\n', '\r')}nonsense\r`, [/^line 3/]],
  ['an indented section', `${p} [profile q]\n`, []],
  ['an indented section after another', `[profile a]\n [profile a]\n`, [/^line 2: a second/]],
  ['an indented comment in a block', `[default]\ns3 =\n  # x\n  a = b\n`, []],
  ['an empty line in a block', `[default]\ns3 =\n\n  a\n`, [/^line 4/]],
];

test('each fault has its line, and botocore refuses exactly the files with faults', async () => {
  const contents = cases.map(([, content]) => Buffer.from(content));
  const read = await isReadByBotocore(contents);
  for (const [index, [what, , faults]] of cases.entries()) {
    const found = told(contents[index] ?? assert.fail());
    assert.equal(found.length, faults.length, `${what}: ${found}`);
    for (const [at, fault] of faults.entries()) assert.match(found[at] ?? '', fault, what);
    assert.equal(read[index], faults.length === 0, `${what}: botocore`);
  }
});
