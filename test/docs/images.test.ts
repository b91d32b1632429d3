// The pictures of README.md, which `npm run images` makes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { pageSources } from '../../scripts/images/page-sources.ts';
import { screenLines } from '../../scripts/images/screen.ts';
import { playSession } from '../../scripts/images/session.ts';
import { terminalPicture, themes } from '../../scripts/images/terminal-svg.ts';
import { readPage } from '../support/pages.ts';
import { openStage, signInProgram } from '../support/stage.ts';

const folder = resolve(import.meta.dirname, '../../docs/images');
const names = readdirSync(folder);
const stale = 'stale: run npm run images, and look at the pictures';

/** Returns the picture without what changes from run to run. */
const constant = (picture: string) =>
  picture.replace(/127\.0\.0\.1:\d+\/start\/[\w-]+/g, 'LINK').replace(/until \d\d:\d\d UTC/g, 'until TIME');

test('the pictures of the terminal show its present output', { timeout: 120_000 }, async () => {
  const stage = await openStage({ keys: { daypass_browser: signInProgram } });
  try {
    const output = await playSession(stage, async () => {});
    for (const theme of ['light', 'dark'] as const) {
      const kept = readFileSync(join(folder, `terminal-${theme}.svg`), 'utf8');
      assert.equal(constant(kept), constant(terminalPicture(output, themes[theme])), stale);
    }
  } finally {
    await stage.close();
  }
});

test('the pictures of the page were made of the views of today', () => {
  assert.equal(readFileSync(join(folder, 'signed-in.sha256'), 'utf8'), `${pageSources()}\n`, stale);
});

test('README.md shows each picture in light and dark, and each has at most 150 KB', () => {
  const readme = readPage('README.md');
  const pictures = names.filter((name) => !name.endsWith('.sha256'));
  assert.ok(pictures.length > 0);
  for (const name of pictures) {
    const [, what = '', ending = ''] = /^(.*)-(?:light|dark)\.(\w+)$/.exec(name) ?? [];
    assert.ok(
      readme.includes(`media="(prefers-color-scheme: dark)" srcset="docs/images/${what}-dark.${ending}"`),
      name,
    );
    assert.match(
      readme,
      new RegExp(`<img src="docs/images/${what}-light\\.${ending}" .*alt="[^"]{30,}"`),
      name,
    );
    assert.ok(statSync(join(folder, name)).size <= 150 * 1024, name);
  }
});

test('a screen is the lines of the output, without the marks of a prompt', () => {
  const lines = screenLines('\x1b[?2004h$ x\r\n\x1b[?2004l\r  done\r\n\x1b[?2004h$ ');
  assert.deepEqual(lines, ['$ x', '  done', '$ ']);
  assert.throws(() => screenLines('\x1b[32m✓\x1b[39m'), /not known/);
});
