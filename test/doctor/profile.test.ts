// The AWS files and the environment, as `daypass doctor` compares them with what AWS clients do.
import assert from 'node:assert/strict';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Context } from '../../src/context.ts';
import type { Patient } from '../../src/doctor/finding.ts';
import { endpoints, issuer } from '../../src/doctor/profile.ts';
import { examined, finds, found, line, stage, writeConfig } from '../support/doctor-stage.ts';

const spellings: [what: string, text: (config: string) => string, finding: RegExp][] = [
  [
    'indented keys',
    (config) => config.replaceAll(/\n(?=\w)/g, '\n  '),
    /config:2: region, credential_process: Ruby ignores indented keys/,
  ],
  [
    'a name in quotes',
    (config) => config.replace('profile developer', 'profile "developer"'),
    /config:1: Ruby and some other AWS clients read \[profile "developer"\] as another profile: write \[profile developer\]/,
  ],
  [
    'a header with a no-break space, and one with another hyphen',
    (config) => `${config}[profile\u00a0two]\n[profile eu\u2011three]\n`,
    /config:\d+: the section contains U\+00A0 \(no-break space\): write it again/,
  ],
  [
    '[DEFAULT]',
    (config) => `[DEFAULT]\noutput = json\n${config}`,
    /config:2: output: only the AWS CLI and boto3 add the keys of \[DEFAULT\] to each profile/,
  ],
  ['brackets', (config) => `${config}x = [y]\n`, /config:\d+: x must not contain \[ and \]/],
];
for (const [what, text, finding] of spellings) {
  test(`a spelling that some AWS client does not read is a warning: ${what}`, async () => {
    stage.sandbox.writeConfig(text(stage.config() + line));
    const { code, stdout } = await stage.daypass(['doctor', '--json']);
    const [check] = found(JSON.parse(stdout).checks, 'config-file');
    assert.deepEqual([code, check?.state], [0, 'warning']);
    assert.match(check?.finding ?? '', finding);
  });
}

test('keys that win over daypass are an error in a file, and a warning in the environment', async (t) => {
  const more = `${line}aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n`;
  const remedy = /remove aws_access_key_id, aws_secret_access_key from \[profile developer\]/;
  assert.equal(await finds({ more }, 'rivals', 'error', /JavaScript, Go, Ruby/, remedy), 65);
  const credentials = join(stage.sandbox.home, '.aws', 'credentials');
  writeFileSync(
    credentials,
    '[developer]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n',
  );
  t.after(() => rmSync(credentials));
  await finds({}, 'rivals', 'error', /AWS CLI and boto3/, /from \[developer\] in ~\/\.aws\/credentials/);
  rmSync(credentials);
  const env = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' };
  await finds({ env }, 'rivals', 'warning', /in the environment/, /^run: unset AWS_ACCESS_KEY_ID /);
  const another = { AWS_DEFAULT_PROFILE: 'other' };
  await finds(
    { env: another },
    'rivals',
    'warning',
    /^AWS_DEFAULT_PROFILE=other/,
    /^run: unset AWS_DEFAULT_PROFILE$/,
  );
  writeFileSync(credentials, '');
});

const refusedFiles: [what: string, more: string, finding: RegExp][] = [
  ['another profile twice', '[profile other]\n[profile other]\n', /a second \[profile other\]/],
  ['an sso-session twice', '[sso-session x]\n[sso-session x]\n', /a second \[sso-session x\]/],
  ['a key twice in one', '[sso-session x]\na = b\na = c\n', /a second a in \[sso-session x\]/],
  ['a section without its ]', '[sso-session x]\n[profile broken\n', /\[profile broken has no closing \]/],
  ['a line without = in another section', '[services s]\nnonsense\n', /not a "key = value"/],
];
for (const [what, more, finding] of refusedFiles) {
  test(`a config file that the AWS CLI rejects is an error, but a hit reads it: ${what}`, async (t) => {
    const told = new RegExp(
      `^~/\\.aws/config:\\d+: ${finding.source}: the AWS CLI and boto3 reject the whole file`,
    );
    const code = await finds(
      { more: line + more },
      'config-file',
      'error',
      told,
      /^correct ~\/\.aws\/config:\d+$/,
    );
    assert.equal(code, 65);
    const { stderr } = await stage.sandbox.runAws(['configure', 'list-profiles']);
    assert.match(stderr, /Unable to parse config file/);
    t.after(() => stage.daypass(['logout']));
    assert.equal((await stage.daypass()).code, 0);
  });
}

test('doctor checks the credentials file too, and faults that only other clients reject are warnings', async (t) => {
  const credentials = join(stage.sandbox.home, '.aws', 'credentials');
  writeFileSync(credentials, 'x = y\n[other]\n');
  t.after(() => rmSync(credentials));
  const told = /^~\/\.aws\/credentials:1: is before the first \[section\]/;
  await finds({}, 'config-file', 'error', told, /^correct ~\/\.aws\/credentials:1$/);
  rmSync(credentials);
  const more = `${line}[profile other]\nregion = eu\n  west-1\n`;
  await finds(
    { more },
    'config-file',
    'warning',
    /belongs to region above/,
    /^correct ~\/\.aws\/config:\d+$/,
  );
  writeFileSync(credentials, '');
});

test('a client secret that other users may read is a warning', async () => {
  writeConfig({ keys: { daypass_client_secret: 'abc' } });
  chmodSync(join(stage.sandbox.home, '.aws', 'config'), 0o644);
  const { stdout } = await stage.daypass(['doctor']);
  assert.match(
    stdout,
    /^! config-file +other users may read ~\/\.aws\/config, which has a client secret\n +-> run: chmod 600 \/.*\.aws\/config\n\n[\s\S]*^Next: chmod 600 \/.*\.aws\/config$/m,
  );
});

test('a variable with a misspelled name is a warning that names the setting, and never its value', async () => {
  for (const [name, meant] of [
    ['DAYPASS_ISUER', /^DAYPASS_ISUER is not a setting of daypass: did you mean DAYPASS_ISSUER\?$/],
    ['DAYPAS_CLIENT_ID', /: did you mean DAYPASS_CLIENT_ID\?$/],
    ['daypass_store', /: did you mean DAYPASS_STORE\?$/],
    ['DAYPASS_QQQQQQQQ', /^DAYPASS_QQQQQQQQ is not a setting of daypass$/],
  ] as const)
    await finds({ env: { [name]: 'value' } }, 'variables', 'warning', meant, /correct the name/);
  const { checks } = await examined({
    env: { DAYPASS_ISUER: '', DAYPASS_LAUNCHER: '/x', DAYPASS_TIMEOUT: '9' },
  });
  assert.deepEqual(found(checks, 'variables'), []);
});

test('overridden endpoints are a note, and short sessions a warning', async () => {
  const env = { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' };
  await finds({ env }, 'endpoint-overrides', 'note', /AWS_ENDPOINT_URL_STS/, /daypass_sts_endpoint/);
  const more = `${line}endpoint_url = http://127.0.0.1:1\nservices = s\n`;
  const both = /endpoint_url \(~\/\.aws\/config:\d+\), services \(~\/\.aws\/config:/;
  await finds({ more }, 'endpoint-overrides', 'note', both, /daypass_sts_endpoint/);
  const fips = { AWS_USE_FIPS_ENDPOINT: 'true' };
  const kept = /^AWS_USE_FIPS_ENDPOINT set: .* daypass_sts_endpoint, http:\/\/127\.0\.0\.1:\d+$/;
  await finds({ env: fips }, 'endpoint-overrides', 'note', kept, /^$/);
  const keys = { daypass_duration: '900' };
  await finds({ keys }, 'duration', 'warning', /900 s/, /daypass_duration = 3600/);
  const { checks } = await examined({ env: { AWS_SDK_LOAD_CONFIG: '1' } });
  assert.equal(found(checks, 'old-sdks')[0]?.state, 'ok');
});

test('a timeout longer than that of Go is a warning, and a missing region a note', async () => {
  await finds(
    { keys: { daypass_timeout: '120' } },
    'timeout',
    'warning',
    /120 s .*Terraform/,
    /daypass_timeout = 55/,
  );
  const { checks } = await examined({ keys: { daypass_timeout: '58' } });
  assert.equal(found(checks, 'timeout')[0]?.state, 'ok');
  stage.sandbox.writeConfig((stage.config() + line).replace(/^region.*\n/m, ''));
  for (const [env, state] of [
    [{}, 'note'],
    [{ AWS_REGION: 'eu-west-1' }, 'ok'],
  ] as const) {
    const { stdout } = await stage.daypass(['doctor', '--json'], env);
    assert.equal(found(JSON.parse(stdout).checks, 'region')[0]?.state, state);
  }
});

test('a region in a variable that daypass ignores is a note that names it and the region in use', async () => {
  const { code, checks } = await examined({
    env: { AWS_REGION: 'nyc3', AWS_DEFAULT_REGION: 'us-gov-west-1' },
  });
  // AWS clients use them, which is not well.
  const notes = found(checks, 'region');
  assert.deepEqual(
    [code, ...notes.map(({ finding }) => finding)],
    [
      0,
      'AWS_REGION=nyc3 is not a region of AWS: daypass ignores it, and uses eu-west-1',
      'AWS_DEFAULT_REGION=us-gov-west-1 is not a region of aws: daypass ignores it, and uses eu-west-1',
    ],
  );
  const { checks: one } = await examined({
    env: { AWS_REGION: 'eu-west-1', DAYPASS_SET_REGION: 'eu-west-1,two' },
  });
  assert.match(
    JSON.stringify(found(one, 'region')),
    /AWS_REGION=eu-west-1 was set by daypass for profile two/,
  );
});

test('a region that is an error of the settings is not reported as well', async () => {
  const { code, checks } = await examined({
    keys: { daypass_role_arn: 'arn:aws-cn:iam::123456789012:role/X' },
  });
  assert.equal(code, 65);
  assert.match(
    found(checks, 'settings')[0]?.finding ?? '',
    /region .* is eu-west-1, which is not a region of/,
  );
  assert.deepEqual(found(checks, 'region'), []);
});

test('an issuer that IAM rejects is a warning, or a note where the STS is not that of AWS', () => {
  const state = (settings: object) => {
    const found = issuer({ settings } as Context);
    return [found.state, found.finding, Boolean(found.remedy)];
  };
  const withPort = 'https://sso.example.com:8443';
  const fault = `AWS IAM accepts no issuer with a port, as in ${withPort}`;
  assert.deepEqual(state({ issuer: withPort }), ['warning', fault, true]);
  assert.deepEqual(state({ issuer: withPort, stsEndpoint: 'https://rgw.example' }), ['note', fault, false]);
  assert.equal(state({ issuer: 'https://sso.example.com' })[0], 'ok');
});

test('doctor names the settings that choose the host of STS, and the host', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/X';
  const stsOrigins = ['AWS_USE_FIPS_ENDPOINT', 'use_dualstack_endpoint (~/.aws/config:9)'];
  const settings = {
    roleArn,
    region: 'us-east-2',
    stsOrigins,
    useFipsEndpoint: true,
    useDualstackEndpoint: true,
  };
  const files = { config: { profiles: new Map(), shown: '~/.aws/config' } };
  const patient = { env: {}, profile: 'developer', files, context: { settings } } as unknown as Patient;
  const finding = `${stsOrigins.join(' and ')} set: daypass asks https://sts-fips.us-east-2.api.aws`;
  assert.deepEqual(endpoints(patient), [{ state: 'note', finding, remedy: undefined }]);
});
