// Clients use the line of `daypass configure` beside other content and with a PATH without Node: cases C17
// and C18 of docs/threats.md.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { roleArn } from '../support/stage.ts';
import { assertWell, type ClientStage, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { bare } from './required.ts';

// No nested block, as of [services]: with one in the file, the CRT of Debian finds none of its profiles.
const more = `
# from before daypass
[sso-session office]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile ünïcode/a.b@c:d]
region=eu-west-1 ; not a comment for all of them

; the last line has no end
[profile other]
output = text`;

const php = `
// The SDK for PHP reads a file like this: # comments become ; comments, and values stay raw.
$text = preg_replace('/^#.*/m', '', file_get_contents($argv[1]));
echo json_encode(parse_ini_string($text, true, INI_SCANNER_RAW)['profile configured'] ?? null);
`;

async function configured(t: Parameters<typeof openClientStage>[0]): Promise<ClientStage> {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  stage.configure({}, more);
  const flags = {
    issuer: stage.provider.issuer,
    'client-id': stage.provider.clientId,
    'role-arn': roleArn,
    'authorize-params': 'prompt=consent',
    'sts-endpoint': stage.sts.url,
    region: 'eu-west-1',
    log: '~/daypass.log',
  };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const { code, stderr } = await stage.sandbox.run(['configure', '--profile', 'configured', ...words]);
  assert.equal(code, 0, stderr);
  return stage;
}

test('C17 every client reads the profile of configure, and the earlier content stays', async (t) => {
  const stage = await configured(t);
  const file = join(stage.sandbox.home, '.aws/config');
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(`${more}\n\n[profile configured]\n`), text);
  for (const client of stage.clients.filter(({ name }) => name !== 'restic')) {
    await t.test(client.name, async () => {
      const named = client.env.PROFILE ? { PROFILE: 'configured' } : { AWS_PROFILE: 'configured' };
      const run = await stage.run(client, { env: named });
      assertWell(run, client.asks ? 1 : 0);
      assert.deepEqual([run.tabs, run.sts], [0, 0]);
      record('C17 a profile of configure', client.name, run, { expected: client.starts(1, 3600) });
    });
  }
  await t.test('PHP', { skip: lacks('PHP') }, async () => {
    const run = await stage.sandbox.runProgram(['/usr/bin/php', '-r', php, file]);
    const line = /^credential_process = (.*)$/m.exec(text.slice(text.indexOf('[profile configured]')))?.[1];
    assert.equal(JSON.parse(run.stdout)?.credential_process, line, run.stderr);
    const nothing = { starts: 0, tabs: 0, sts: 0 };
    record('C17 a profile of configure', 'PHP', nothing, { result: 'its parser reads the line' });
  });
});

test('C18 the line of configure and the launcher work with a PATH that has only sh', async (t) => {
  const stage = await configured(t);
  const path = join(stage.sandbox.home, 'only-sh');
  mkdirSync(path);
  symlinkSync('/bin/sh', join(path, 'sh'));
  const launcher = join(import.meta.dirname, '../../launcher/daypass');
  const section = stage.config().replace('profile developer', 'profile launched');
  const config = join(stage.sandbox.home, '.aws/config');
  writeFileSync(
    config,
    `${readFileSync(config, 'utf8')}\n${section}credential_process = ${launcher} --profile launched\n`,
  );
  const ordinary = '/usr/bin:/bin';
  for (const [profile, PATH] of [
    ['configured', ordinary],
    ['launched', ordinary],
    ['launched', path],
  ] as const) {
    for (const name of bare) {
      const where = PATH === ordinary ? 'a bare PATH' : 'nothing but sh';
      // The AWS CLI is a script that needs more of PATH itself.
      if (name === 'AWS CLI' && PATH === path) continue;
      await t.test(`${name}, ${profile}, ${where}`, { skip: lacks(name) }, async () => {
        const client = stage.client(name);
        const named = client.env.PROFILE ? { PROFILE: profile } : { AWS_PROFILE: profile };
        const run = await stage.run(client, { env: { ...named, PATH } });
        assertWell(run, 1);
        const what = profile === 'launched' ? 'the launcher' : 'the line of configure';
        record(`C18 ${where}, ${what}`, name, run, { expected: client.starts(1, 3600) });
      });
    }
  }
});
