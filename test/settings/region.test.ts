// The region of a variable may be of another profile or another service; a flag or a key is meant for this profile.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseArguments } from '../../src/settings/arguments.ts';
import { partitionOfRole } from '../../src/settings/aws-partition.ts';
import { ignoredRegions } from '../../src/settings/region.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { credentialVariables } from '../../src/shell/credential-variables.ts';

const home = mkdtempSync(join(tmpdir(), 'daypass-region-'));
after(() => rmSync(home, { recursive: true }));
const config = join(home, 'config');
const profile = (name: string, partition: string, ...more: string[]) =>
  [
    `[profile ${name}]`,
    'daypass_issuer = https://login.example.com',
    'daypass_client_id = lab',
    `daypass_role_arn = arn:${partition}:iam::123456789012:role/R`,
    ...more,
    '',
  ].join('\n');
writeFileSync(
  config,
  [
    profile('dev', 'aws', 'region = eu-west-1'),
    profile('two', 'aws', 'region = us-west-2'),
    profile('none', 'aws'),
    profile('gov', 'aws-us-gov', 'region = us-gov-west-1'),
  ].join(''),
);

function load(name: string, env: NodeJS.ProcessEnv = {}, ...flags: string[]) {
  const argv = ['--profile', name, ...flags];
  return loadSettings({ flags: parseArguments(argv).flags, env: { AWS_CONFIG_FILE: config, ...env }, home });
}

const foreign = [
  'us-gov-west-1',
  'cn-north-1',
  'auto',
  'nyc3',
  'fr-par',
  'default',
  'aws-global',
  'x.evil#',
  'eu\u2011west\u20111',
  ' ',
];

for (const region of foreign)
  test(`AWS_REGION=${region} is ignored for a role in aws, and named`, () => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
      const env = { [name]: region };
      assert.equal(load('dev', env).region, 'eu-west-1');
      assert.equal(load('none', env).region, 'us-east-1');
      const partition = partitionOfRole(load('dev').roleArn);
      const [ignored, ...others] = ignoredRegions({ env, profile: 'dev', partition });
      assert.deepEqual([ignored?.name, ignored?.region, others], [name, region, []]);
      assert.match(ignored?.why ?? '', /^is not a region of (aws|AWS)$/);
    }
    assert.equal(load('dev', { AWS_REGION: region, AWS_DEFAULT_REGION: 'sa-east-1' }).region, 'sa-east-1');
    const envFile = join(home, 'app.env');
    writeFileSync(envFile, `AWS_REGION="${region}"\n`);
    assert.equal(load('dev', {}, '--env-file', envFile).region, 'eu-west-1');
  });

test('a region of the partition in a variable still wins over the profile', () => {
  assert.equal(load('dev', { AWS_REGION: 'ap-south-1' }).region, 'ap-south-1');
  assert.equal(load('gov', { AWS_REGION: 'us-gov-east-1' }).region, 'us-gov-east-1');
  assert.equal(load('gov', { AWS_REGION: 'eu-west-1' }).region, 'us-gov-west-1');
});

test('a flag and the key of a profile are strict', () => {
  for (const region of ['us-gov-west-1', 'auto']) {
    assert.throws(() => load('dev', {}, '--region', region), { code: 'bad-configuration' });
    const own = profile('own', 'aws', `region = ${region}`);
    writeFileSync(`${config}.own`, own);
    assert.throws(() => load('own', { AWS_CONFIG_FILE: `${config}.own` }), { code: 'bad-configuration' });
  }
});

const credentials = {
  credentials: {
    accessKeyId: 'A',
    secretAccessKey: 'S',
    sessionToken: 'T',
    expiration: '2030-01-01T00:00:00Z',
  },
} as Parameters<typeof credentialVariables>[0];

/** The environment after the `daypass env` of a profile in it. */
function shellAfter(env: NodeJS.ProcessEnv, name: string, ...flags: string[]): NodeJS.ProcessEnv {
  const settings = load(name, env, ...flags);
  return { ...env, ...Object.fromEntries(credentialVariables(credentials, settings, env)) };
}

test('the region that daypass set for one profile does not apply to another', () => {
  let env = shellAfter({}, 'dev');
  assert.equal(env.AWS_REGION, 'eu-west-1');
  const partition = partitionOfRole(load('two').roleArn);
  assert.deepEqual(
    ignoredRegions({ env, profile: 'two', partition }).map(({ name, why }) => [name, why]),
    ['AWS_REGION', 'AWS_DEFAULT_REGION'].map((name) => [name, 'was set by daypass for profile dev']),
  );
  for (const [name, region] of [
    ['two', 'us-west-2'],
    ['gov', 'us-gov-west-1'],
    ['none', 'us-east-1'],
    ['dev', 'eu-west-1'],
    ['dev', 'eu-west-1'],
    ['two', 'us-west-2'],
  ] as const) {
    env = shellAfter(env, name);
    assert.deepEqual([env.AWS_REGION, env.AWS_DEFAULT_REGION], [region, region]);
  }
});

test('a region that a person set stays for every profile', () => {
  let env: NodeJS.ProcessEnv = { AWS_REGION: 'ap-south-1' };
  for (const name of ['dev', 'two', 'none']) {
    env = shellAfter(env, name);
    assert.equal(env.AWS_REGION, 'ap-south-1');
  }
  // Also one that is set after daypass has set another, and one that the profile has too.
  env = shellAfter({ ...shellAfter({}, 'dev'), AWS_REGION: 'ap-south-1' }, 'two');
  assert.equal(env.AWS_REGION, 'ap-south-1');
  assert.equal(shellAfter(shellAfter({ AWS_REGION: 'eu-west-1' }, 'dev'), 'two').AWS_REGION, 'eu-west-1');
});

test('the region of a flag stays for its profile, not for another', () => {
  const env = shellAfter({}, 'dev', '--region', 'sa-east-1');
  assert.equal(shellAfter(env, 'dev').AWS_REGION, 'sa-east-1');
  assert.equal(shellAfter(env, 'two').AWS_REGION, 'us-west-2');
});
