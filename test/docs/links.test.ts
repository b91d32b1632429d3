// Where all pages of the repository link to, without a network.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { test } from 'node:test';
import { anchors, links, pagePaths, readPage, repository } from '../support/pages.ts';

const root = resolve(import.meta.dirname, '../..');

/** Returns the file below the root to which a link of a page leads; undefined if it leads elsewhere. */
function fileOf(path: string, link: string): string | undefined {
  const [target = ''] = link.split('#');
  const [, own] = /^\/(?:blob|tree|raw)\/main\/(.*)$/.exec(withoutRepository(target)) ?? [];
  if (own !== undefined) return own;
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return undefined;
  return target === '' ? path : posix.join(dirname(path), target);
}

/** Returns what follows the address of the repository; otherwise an empty text. */
function withoutRepository(link: string): string {
  return link.startsWith(`${repository}/`) ? link.slice(repository.length) : '';
}

/** Returns the fault of a link of a page; undefined if it has none. */
function faultOf(path: string, link: string): string | undefined {
  const file = fileOf(path, link);
  if (file === undefined) return outsideFault(link);
  if (file.startsWith('..') || !existsSync(join(root, file))) return `there is no ${file}`;
  const anchor = link.split('#')[1];
  if (anchor === undefined || !file.endsWith('.md')) return undefined;
  return anchors(readPage(file)).has(anchor) ? undefined : `${file} has no heading #${anchor}`;
}

/** Returns the fault of a link to another place; undefined if it has none. */
function outsideFault(link: string): string | undefined {
  if (/^mailto:[\w.+-]+@[\w.-]+\.\w+$/.test(link)) return undefined;
  if (!URL.canParse(link)) return 'is no address';
  const { protocol, hostname, username, port } = new URL(link);
  if (protocol !== 'https:') return 'is not https';
  if (username || port || !/^[a-z\d-]+(\.[a-z\d-]+)+$/.test(hostname)) return 'has an odd host';
  return /[\s"'<>\\^`{|}]/.test(link) ? 'has an odd character' : undefined;
}

test('every link of every page leads to a file and a heading that exist, or to an https address', (t) => {
  const all = pagePaths().flatMap((path) => links(readPage(path)).map((link) => ({ path, link })));
  const faults = all.flatMap(({ path, link }) => {
    const fault = faultOf(path, link);
    return fault === undefined ? [] : [`${path}: ${link} ${fault}`];
  });
  assert.deepEqual(faults, []);
  const within = all.filter(({ path, link }) => fileOf(path, link) !== undefined).length;
  const pages = pagePaths().length;
  assert.ok(pages > 20 && within > 50 && all.length > within, 'the check misses most links');
  t.diagnostic(`${all.length} links of ${pages} pages checked: ${within} within the repository`);
});

test('the pages of the npm package link only to pages of the package, or to https addresses', (t) => {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
  const isShipped = (path: string) =>
    path === 'LICENSE' || files.some((entry) => path === entry || path.startsWith(`${entry}/`));
  const shipped = pagePaths().filter(isShipped);
  assert.ok(shipped.length > 10);
  // npm's site shows README.md alone, and resolves its links in the repository.
  const lost = shipped.flatMap((path) =>
    links(readPage(path))
      .filter((link) => !/^[a-z]+:/i.test(link))
      .map((link) => ({ link, file: fileOf(path, link) ?? '' }))
      .filter(({ file }) => !isShipped(file) && file !== 'README.md')
      .map(({ link }) => `${path}: ${link} is not in the package; link to ${repository}/blob/main/…`),
  );
  assert.deepEqual(lost, []);
  t.diagnostic(`${shipped.length} pages of the package checked`);
});

test('every page that package.json lists exists', () => {
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
  const pages = files.filter((entry) => entry.startsWith('docs/') || entry.endsWith('.md'));
  for (const entry of pages) assert.ok(existsSync(join(root, entry)), entry);
});

test('the check finds links in each form, and none in code', () => {
  const page = `# A [link](a.md) in a heading

[one](b.md#x), ![image](c.png "title"), [\`code\`](d.md), <https://e.example/>, https://f.example/x. And
[two][ref] (https://g.example/).

[ref]: h.md
<picture><source srcset="i.png 2x"><img alt="" src="j.png"></picture>

    [no](k.md)

\`[no](l.md)\`, \`http://127.0.0.1/m\`

\`\`\`sh
curl https://n.example
\`\`\`
`;
  assert.deepEqual(
    links(page),
    ['a.md', 'b.md#x', 'c.png', 'd.md', 'h.md', 'https://e.example/', 'i.png', 'j.png'].concat(
      'https://f.example/x',
      'https://g.example/',
    ),
  );
});

test('the check knows the anchors of GitHub', () => {
  const page = '# `daypass login`: 1 + 2\n\n## Äpfel & Co.\n\n## Twice\n\n## Twice\n\n<a id="own"></a>\n';
  assert.deepEqual([...anchors(page)], ['daypass-login-1--2', 'äpfel--co', 'twice', 'twice-1', 'own']);
});

for (const [link, fault] of [
  ['none.md', 'there is no docs/none.md'],
  ['../../secret.md', 'there is no ../secret.md'],
  ['status.md#nothing', 'docs/status.md has no heading #nothing'],
  ['#nothing', 'docs/json.md has no heading #nothing'],
  [`${repository}/blob/main/docs/none.md`, 'there is no docs/none.md'],
  ['http://example.com/', 'is not https'],
  ['https://localhost/', 'has an odd host'],
  ['https://ada@example.com/', 'has an odd host'],
  ['https:// example.com', 'is no address'],
  ['status.md#in-a-prompt', undefined],
  ['../LICENSE', undefined],
  ['providers/', undefined],
  [`${repository}/blob/main/docs/threats.md#oracles`, undefined],
  [`${repository}/issues`, undefined],
  ['https://example.com/a?b=c#d', undefined],
] as const) {
  test(`the check says of ${link} in docs/json.md: ${fault ?? 'nothing'}`, () => {
    assert.equal(faultOf('docs/json.md', link), fault);
  });
}
