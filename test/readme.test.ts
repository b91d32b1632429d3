import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { findingCodes } from '../src/commands/doctor.ts';
import { help } from '../src/commands/settings.ts';
import { settingNames, spellings } from '../src/settings/setting-table.ts';
import { daypassPath } from './support/sandbox.ts';
import { openStage, signInProgram } from './support/stage.ts';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);

test('the profiles of the README work as pasted, with issuer, client, role and path replaced', async () => {
  const stage = await openStage();
  const { sandbox, provider, sts, trust, launcher } = stage;
  try {
    const other = 'arn:aws:iam::210987654321:role/Audit';
    trust.push({ ...trust[0], roleArn: other } as (typeof trust)[number]);
    const config = blocks('ini')
      .join('\n')
      .replaceAll('/usr/local/bin/daypass', daypassPath)
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

test('the trust policy of the README is JSON', () => {
  const [policy = ''] = blocks('json');
  assert.equal(JSON.parse(policy).Statement[0].Action, 'sts:AssumeRoleWithWebIdentity');
});

test('README and `daypass settings` name every setting in every spelling', () => {
  for (const name of settingNames) {
    const { flag, env, key } = spellings(name);
    for (const spelling of [flag, env[0], key]) {
      if (!spelling) continue;
      assert.ok(readme.includes(`\`${spelling}\``), `README lacks ${spelling}`);
      assert.match(help, new RegExp(`(^|\\s)${spelling}(\\s|$)`, 'm'), `the list lacks ${spelling}`);
    }
  }
});

test('the README lists the codes of `daypass doctor`, all of them and no others', () => {
  const [table = ''] = /^\| code of `daypass doctor` [\s\S]*?\n\n/m.exec(readme) ?? [];
  const listed = [...table.matchAll(/^\| `([^|]+)` /gm)].flatMap(([, codes = '']) => codes.split('`, `'));
  assert.deepEqual(listed.sort(), [...findingCodes].sort());
});
