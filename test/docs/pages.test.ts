// The commands and settings that the pages show, against the code. links.test.ts has the links.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parseArguments } from '../../src/settings/arguments.ts';
import { parseSetting } from '../../src/settings/parse-setting.ts';
import { settingNames, spellings } from '../../src/settings/setting-table.ts';
import { pagePaths, readPage, shownCommands } from '../support/pages.ts';

const root = resolve(import.meta.dirname, '../..');

for (const path of pagePaths()) {
  const page = readPage(path);

  test(`each command that ${path} shows is one that daypass accepts`, () => {
    for (const words of shownCommands(page)) {
      // `daypass COMMAND --help` stands for every command.
      if (/^[A-Z]+$/.test(words[0] ?? '')) continue;
      assert.doesNotThrow(() => parseArguments(words), `daypass ${words.join(' ')}`);
    }
  });

  test(`each line of a profile that ${path} shows is one that daypass accepts`, () => {
    for (const [, key, value = ''] of page.matchAll(/(?<=^|`)(daypass_\w+) = ([^`\n]+)/gm)) {
      const name = settingNames.find((setting) => spellings(setting).key === key) ?? assert.fail(key);
      assert.doesNotThrow(() => parseSetting(name, value, { env: {}, home: root }), `${key} = ${value}`);
    }
  });
}

test('the check of commands finds them in blocks, with continued lines and comments, and within text', () => {
  const page = `Run \`daypass
login --force\`, not \`npm\`.

    daypass env --profile P | sh   # no

\`\`\`sh
daypass configure --profile 'a b' \\
  --issuer https://i.example
aws s3 ls
\`\`\`
`;
  assert.deepEqual(shownCommands(page), [
    ['env', '--profile', 'P'],
    ['configure', '--profile', 'a b', '--issuer', 'https://i.example'],
    ['login', '--force'],
  ]);
});
