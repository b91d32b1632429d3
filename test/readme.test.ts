import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingCodes } from '../src/commands/doctor.ts';
import { help } from '../src/commands/settings.ts';
import { settingNames, spellings } from '../src/settings/setting-table.ts';
import { commands } from '../src/shell/completion-flags.ts';
import { fencedBlocks, readPage } from './support/pages.ts';
import { daypassFile } from './support/sandbox.ts';
import { openStage, signInProgram } from './support/stage.ts';

const readme = readPage('README.md');
const configure = readPage('docs/configure.md');

test('the profiles of docs/configure.md work as pasted, with issuer, client, role and path replaced', async () => {
  const stage = await openStage();
  const { sandbox, provider, sts, trust, launcher } = stage;
  try {
    const other = 'arn:aws:iam::210987654321:role/Audit';
    trust.push({ ...trust[0], roleArn: other } as (typeof trust)[number]);
    const config = fencedBlocks(configure, 'ini')
      .join('\n')
      .replaceAll('/usr/local/bin/daypass', daypassFile)
      .replace('https://login.example.com', provider.issuer)
      .replace('0oa1b2c3', provider.clientId);
    sandbox.writeConfig(config);
    // The local provider and STS need these settings; a real provider and AWS do not.
    const env = {
      DAYPASS_STS_ENDPOINT: sts.url,
      DAYPASS_BROWSER: signInProgram,
      DAYPASS_AUTHORIZE_PARAMS: 'prompt=consent',
    };
    for (const [profile, account] of [
      ['developer', '123456789012'],
      ['auditor', '210987654321'],
    ] as const) {
      const command = ['sts', 'get-caller-identity', '--profile', profile, '--endpoint-url', sts.url];
      const { code, stdout, stderr } = await sandbox.runAws(command, env);
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).Account, account);
    }
    assert.equal(provider.counts.codeExchange, 1, 'the second role needs no second sign-in');
    assert.equal(launcher.launches.length, 0);
  } finally {
    await stage.close();
  }
});

test('the profile of the README is the first one of docs/configure.md', () => {
  assert.deepEqual(fencedBlocks(readme, 'ini'), fencedBlocks(configure, 'ini').slice(0, 1));
});

test('the trust policy of docs/configure.md is JSON', () => {
  const [policy = ''] = fencedBlocks(configure, 'json');
  assert.equal(JSON.parse(policy).Statement[0].Action, 'sts:AssumeRoleWithWebIdentity');
});

test('docs/settings.md and `daypass settings` name every setting in every spelling', () => {
  const page = readPage('docs/settings.md');
  for (const name of settingNames) {
    const { flag, env, key } = spellings(name);
    for (const spelling of [flag, env[0], key]) {
      if (!spelling) continue;
      assert.match(page, new RegExp(`\`${spelling}[\` ]`), `the page lacks ${spelling}`);
      // The keys of AWS's own settings are those of their variables, and the list has room for one.
      if (spelling === key && env[0] === `AWS_${key.toUpperCase()}`) continue;
      assert.match(help, new RegExp(`(^|\\s)${spelling}:?(\\s|$)`, 'm'), `the list lacks ${spelling}`);
    }
  }
});

test('docs/troubleshooting.md lists the codes of `daypass doctor`, all of them and no others', () => {
  const [, findings = ''] = readPage('docs/troubleshooting.md').split('\n## Findings of daypass doctor\n');
  const listed = [...findings.matchAll(/^### `([^`]+)`$/gm)].map(([, code]) => code);
  assert.deepEqual(listed.sort(), [...findingCodes].sort());
});

test('the README lists every command', () => {
  const listed = [...readme.matchAll(/^\| `daypass ([a-z-]+)[ `]/gm)].map(([, name]) => name);
  const others = ['credential-process', 'version'];
  assert.deepEqual(
    listed.filter((name) => name !== '--profile').sort(),
    commands.flatMap(({ name }) => (others.includes(name) ? [] : [name])).sort(),
  );
});

test('the README has at most 150 lines, and its first 40 say its purpose, its users, and how to start', () => {
  const lines = readme.trimEnd().split('\n');
  assert.ok(lines.length <= 150, `${lines.length} lines`);
  const first = lines.slice(0, 40).join('\n');
  for (const part of [
    'daypass signs you in to AWS',
    'It is for ',
    '(#is-it-for-me)',
    '<picture>',
    '    npm ci && npm run demo\n',
    '    npm ci && npm test\n',
    'npm install --global',
    '(docs/install.md)',
  ])
    assert.ok(first.includes(part), part);
});
