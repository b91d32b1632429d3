// Compares the pages that `npm run docs` writes with the tables and helps in src/.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPages, readIfAny, today } from '../../scripts/docs/pages.ts';
import { settingNames, spellings } from '../../src/settings/setting-table.ts';
import { commands } from '../../src/shell/completion-flags.ts';
import { readPage } from '../support/pages.ts';

for (const [path, text] of await generatedPages(today())) {
  test(`${path} is what \`npm run docs\` writes`, () => {
    assert.equal(readIfAny(path), text, `${path} is stale, run: npm run docs`);
  });
}

test('the man page keeps its date until its text changes', async () => {
  const text = (await generatedPages('2031-01-01')).get('man/daypass.1');
  assert.equal(text, readIfAny('man/daypass.1'));
});

test('docs/settings.md and the man page have every setting in every spelling', () => {
  const page = readPage('docs/settings.md');
  const man = (readIfAny('man/daypass.1') ?? '').replaceAll('\\-', '-');
  for (const name of settingNames) {
    const { flag, env, key } = spellings(name);
    assert.match(page, new RegExp(`^### \`${key}\`$`, 'm'));
    for (const spelling of [flag, ...env, key]) {
      if (spelling === undefined) continue;
      assert.match(page, new RegExp(`\`${spelling}[\` ]`), `settings.md lacks ${spelling}`);
      assert.match(man, new RegExp(`${spelling}\\\\f`), `the man page lacks ${spelling}`);
    }
  }
});

test('docs/commands.md and the man page have every command with all its own options', () => {
  const parts = readPage('docs/commands.md').split(/^## /m);
  const man = (readIfAny('man/daypass.1') ?? '').replaceAll('\\-', '-').split(/^\.SS /m);
  const shared = new Set(commands.find(({ name }) => name === 'settings')?.flags.map(({ name }) => name));
  for (const { name, flags } of commands) {
    if (name === 'credential-process' || name === 'version') continue;
    const section = parts.find((part) => part.startsWith(`daypass ${name}\n`)) ?? assert.fail(name);
    const ofMan = man.find((part) => part.startsWith(`${name}\n`)) ?? assert.fail(name);
    for (const flag of flags.filter((each) => !shared.has(each.name))) {
      assert.match(section, new RegExp(`\`${flag.name}[\` ]`), `${name} ${flag.name}`);
      assert.ok(ofMan.includes(`${flag.name}\\f`), `${name} ${flag.name}`);
    }
  }
});

test('the lines of these pages have at most 120 columns, apart from tables', () => {
  for (const path of ['docs/commands.md', 'docs/settings.md', 'docs/troubleshooting.md']) {
    const lines = readPage(path)
      .replace(/\]\([^)]*\)/g, ']')
      .split('\n');
    for (const line of lines) assert.ok(line.startsWith('|') || line.length <= 120, `${path}: ${line}`);
  }
});
