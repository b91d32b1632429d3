// The notices of everything that the single executable contains.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { versionsOfBun } from '../../scripts/executable/bun.mjs';
import { bundleParts } from '../../scripts/executable/bundle-parts.mjs';
import { bunNotice, notices, packageNotices, packagesOf } from '../../scripts/executable/notices.mjs';

const mit = 'Copyright (c) 2030 A. Person. Permission is hereby granted';

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-notices-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Writes a package with these files, and returns its folder. */
function packageIn(
  folder: string,
  about: Record<string, unknown>,
  files: Record<string, string> = {},
): string {
  const path = join(folder, 'node_modules', String(about.name));
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'package.json'), JSON.stringify({ version: '1.2.3', ...about }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

test('every package in a bundle has a notice with the text of its licence', async (t) => {
  process.chdir(resolve(import.meta.dirname, '../..'));
  const folder = folderFor(t);
  const { inputs } = await bundleParts(folder, 'program');
  const versions = versionsOfBun(folder);
  const sections = notices(inputs, versions).split(/\n\n={78}\n/);
  const packages = new Set(
    inputs
      .filter((path) => path.includes('node_modules/'))
      .map(
        (path) => /[^/]*(?<=@[^/]*)\/[^/]+|[^/]+/.exec(path.split('node_modules/').at(-1) ?? '')?.[0] ?? '',
      ),
  );
  for (const name of ['openid-client', 'express', '@aws-sdk/client-sts', '@clack/prompts'])
    assert.ok(packages.has(name), name);
  for (const name of [...packages, '@github/keytar', 'node-addon-api']) {
    const [section = '', ...others] = sections.filter((text) => `\n${text}`.includes(`\n${name} `));
    assert.deepEqual(others, [], name);
    assert.match(section, /Copyright|©/i, name);
    assert.match(
      section,
      /Permission (is hereby granted|to use)|Redistribution and use|Apache License/,
      name,
    );
  }
  const openLicence = readFileSync('node_modules/open/license', 'utf8').trim();
  assert.ok(sections.some((text) => /^open \d/m.test(text) && text.includes(openLicence)));
  assert.ok(sections.some((text) => text.startsWith('xdg-open\n') && text.includes('Rex Dieter')));

  const bun = sections.find((text) => text.startsWith(`Bun ${versions.bun}, MIT\n`)) ?? '';
  assert.ok(bun.includes(`https://github.com/oven-sh/WebKit/tree/${versions.webkit}\n`));
  for (const text of ['MIT', 'LGPL-2.0-or-later', 'LGPL-2.1-or-later', 'MPL-2.0'])
    assert.ok(
      sections.some((section) => section.startsWith(`The text of ${text}\n`)),
      text,
    );
});

test('a package belongs to the last node_modules of its path', () => {
  const inputs = [
    ...['node_modules/a/index.js', 'node_modules/a/lib/b.js', 'node_modules/@s/c/node_modules/a/index.js'],
    ...['src/cli.ts', 'apart:commands', '../up/node_modules/@s/d/x.js'],
  ];
  assert.deepEqual(packagesOf(inputs), [
    '../up/node_modules/@s/d',
    'node_modules/@s/c/node_modules/a',
    'node_modules/a',
  ]);
});

test('a notice has the name, the version, the source, the licence file and the NOTICE file', (t) => {
  const repository = { url: 'git+https://git.example.com/one.git' };
  const about = { name: 'one', license: 'MIT', repository };
  const folder = packageIn(folderFor(t), about, {
    'licence.md': mit,
    NOTICE: 'and a notice',
    'index.js': '',
  });
  assert.deepEqual(packageNotices([folder]), [
    `one 1.2.3, MIT\ngit+https://git.example.com/one.git\n\nand a notice\n\n${mit}`,
  ]);
});

test('an unknown licence, none, and one without its text fail the build, each by name', (t) => {
  const folder = folderFor(t);
  const text = { LICENSE: mit };
  const folders = [
    packageIn(folder, { name: 'right', license: 'ISC' }, text),
    packageIn(folder, { name: 'closed', license: 'SSPL-1.0' }, text),
    packageIn(folder, { name: 'either', license: '(MIT OR GPL-3.0)' }, text),
    packageIn(folder, { name: 'silent' }, text),
    packageIn(folder, { name: 'textless', license: 'MIT' }),
  ];
  assert.throws(() => packageNotices(folders), {
    message: [
      'the licence of closed is not known: SSPL-1.0',
      'the licence of either is not known: (MIT OR GPL-3.0)',
      'the licence of silent is not known: none',
      'textless contains no text of its licence',
    ].join('\n'),
  });
});

test('packages with the same text of their licence share its notice', (t) => {
  const folder = folderFor(t);
  const [first, second] = ['first', 'second'].map((name) =>
    packageIn(
      folder,
      { name, license: 'MIT', repository: `https://git.example.com/${name}` },
      { LICENSE: mit },
    ),
  );
  assert.deepEqual(packageNotices([first ?? '', second ?? '']), [
    `first 1.2.3, MIT\nhttps://git.example.com/first\nsecond 1.2.3, MIT\nhttps://git.example.com/second\n\n${mit}`,
  ]);
});

test('a package without a licence file has that of its repository, under the same licence alone', (t) => {
  const folder = folderFor(t);
  const repository = 'https://git.example.com/many.git';
  const first = packageIn(folder, { name: 'first', license: 'MIT', repository }, { LICENSE: mit });
  const second = packageIn(folder, { name: 'second', license: 'MIT', repository });
  const third = packageIn(folder, { name: 'third', license: 'ISC', repository });
  assert.ok(packageNotices([second, first])[0]?.endsWith(mit));
  assert.throws(() => packageNotices([first, third]), /^Error: third contains no text of its licence$/);
});

test('a library of Bun that is not in the list fails the build', () => {
  assert.throws(
    () => bunNotice({ bun: '9.9.9', webkit: 'abc', gizmo: '1' }),
    /^Error: the licence of these parts of Bun is not known: gizmo$/,
  );
});
