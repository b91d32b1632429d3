import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAwsConfigFile, decodeAwsCredentialsFile } from '../../src/aws-config/parse.ts';
import { withoutDefault } from '../../src/aws-config/without-default.ts';
import type { DaypassError } from '../../src/errors.ts';

function filesOf(config: string | Buffer, credentials = '') {
  const bytes = Buffer.from(config);
  return {
    config: { path: '/c', shown: '~/.aws/config', bytes, ...decodeAwsConfigFile(bytes) },
    credentials: {
      path: '/k',
      shown: '~/.aws/credentials',
      ...decodeAwsCredentialsFile(Buffer.from(credentials)),
    },
  };
}

const served = { profile: 'developer', region: 'eu-central-1' };
const other = (config: string | Buffer, credentials?: string) =>
  withoutDefault(filesOf(config, credentials), served);
const keys = 'aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n';
const developer = '[profile developer]\ndaypass_role_arn = arn\ncredential_process = daypass\n';

const harmless: [what: string, config: string, credentials?: string][] = [
  ['no file', ''],
  ['no [default]', developer, `[developer]\n${keys}`],
  ['a [default] without credentials', '[default]\nregion = eu-west-1\ns3 =\n  sso_x = 1\noutput = json\n'],
  ['a profile whose name begins with default', `[profile default-2]\nrole_arn = x\n`, `[defaults]\n${keys}`],
  ['a comment', '[default]\n# credential_process = x\n'],
];

for (const [what, config, credentials] of harmless)
  test(`nothing is done for ${what}`, () => {
    assert.equal(other(config, credentials), undefined);
  });

const passedOver: [what: string, config: string, credentials?: string][] = [
  ['keys in the credentials file', '', `[default]\n${keys}`],
  ['half a key', '', '[default]\naws_access_key_id = AKIAEXAMPLE\n'],
  ["another tool's credential_process", '[default]\ncredential_process = vault\n'],
  [
    'the credential_process of daypass',
    '[default]\ncredential_process = /usr/bin/daypass --profile default\n',
  ],
  ['one in the credentials file', '', '[default]\ncredential_process = vault\n'],
  ['sso_ keys', '[default]\nsso_session = s\nsso_account_id = 1\n'],
  ['a role', '[default]\nrole_arn = r\nsource_profile = developer\n'],
  ['a role of an environment', '[default]\nrole_arn = r\ncredential_source = EcsContainer\n'],
  ['a web identity', '[default]\nrole_arn = r\nweb_identity_token_file = /t\n'],
  ['login_session', '[default]\nlogin_session = arn\n'],
  ['[profile default]', '[profile default]\nrole_arn = r\n'],
  ['[profile "default"] and capitals', '[profile "default"]\nRole_ARN = r\n'],
  ['blanks in the brackets', '[ default ]\nrole_arn = r\n'],
  ['an indented key', '[default]\n  role_arn = r\n'],
];

for (const [what, config, credentials] of passedOver)
  test(`another profile passes over a [default] with ${what}`, () => {
    const found = other(config, credentials);
    assert.equal(found?.name, 'daypass-exec');
    const text = found?.content.toString() ?? '';
    assert.ok(text.startsWith(config), text);
    const { profiles } = decodeAwsConfigFile(found?.content);
    assert.deepEqual([...(profiles.get('daypass-exec')?.keys() ?? [])], ['region']);
    assert.equal(profiles.get('daypass-exec')?.get('region')?.value, served.region);
  });

test('the profile has the other keys of [default], with their blocks, and the region of the call', () => {
  const config = [
    '[default]',
    'output = table',
    'region = us-east-1',
    'Sso_Session = company',
    's3 =',
    '  max_concurrent_requests = 5',
    '',
    '  addressing_style = path',
    'ca_bundle = /etc/ca.pem',
    'daypass_issuer = https://login.example.com',
    '[profile developer]',
    'region = eu-west-1',
  ].join('\n');
  const added = other(config)?.content.toString().slice(config.length);
  assert.equal(
    added,
    [
      '',
      '',
      '[profile daypass-exec]',
      'output = table',
      's3 =',
      '  max_concurrent_requests = 5',
      '  addressing_style = path',
      'ca_bundle = /etc/ca.pem',
      'region = eu-central-1',
      'daypass_source_profile = developer',
      '',
    ].join('\n'),
  );
});

test('the copy keeps every byte, and the line breaks of the file', () => {
  const config = Buffer.concat([
    Buffer.from('\uFEFF[default]\r\nrole_arn = r\r\n# '),
    Buffer.from([0xe9, 0x0d, 0x0a]),
  ]);
  const content = other(config)?.content ?? Buffer.alloc(0);
  assert.deepEqual(content.subarray(0, config.length), config);
  assert.equal(
    content.subarray(config.length).toString(),
    '\r\n[profile daypass-exec]\r\nregion = eu-central-1\r\n',
  );
});

test('the name of the profile is free in both files', () => {
  const config = '[profile daypass-exec]\nregion = x\n[default]\nrole_arn = r\n';
  assert.equal(other(config, '[daypass-exec-2]\n')?.name, 'daypass-exec-3');
});

const refused: [what: string, config: string, credentials: string, faults: RegExp[]][] = [
  [
    'keys in the config file',
    `[default]\nregion = x\n${keys}`,
    '',
    [
      /~\/\.aws\/config:3: AWS clients prefer aws_access_key_id of \[default\]/,
      /config:4: aws_secret_access_key/,
    ],
  ],
  [
    'keys of another profile in the config file',
    `[profile a]\naws_session_token=x\n`,
    `[default]\n${keys}`,
    [/~\/\.aws\/credentials:2: .*aws_access_key_id/, /~\/\.aws\/config:2: aws_session_token is a secret/],
  ],
  [
    'a secret of a shell in a comment',
    `[profile a]\n# export AWS_SECRET_ACCESS_KEY=x\n# the secret of it: none\n`,
    `[default]\n${keys}`,
    [/credentials:2/, /config:2: aws_secret_access_key is a secret/],
  ],
  [
    'a client secret',
    `[profile a]\ndaypass_client_secret = x\n`,
    `[default]\n${keys}`,
    [/credentials:2/, /config:2: daypass_client_secret is a secret/],
  ],
  [
    'a key that is commented out',
    `[profile a]\n#aws_secret_access_key = x\n`,
    `[default]\n${keys}`,
    [/credentials:2/, /config:2: aws_secret_access_key is a secret/],
  ],
  [
    'keys that every profile inherits',
    '[DEFAULT]\nrole_arn = r\n[default]\nsso_session = s\n',
    '',
    [/config:4: .*sso_session/, /config:2: role_arn of \[DEFAULT\] belongs to every profile/],
  ],
];

for (const [what, config, credentials, faults] of refused)
  test(`refuses to pass over [default] with ${what}`, () => {
    assert.throws(
      () => other(config, credentials),
      (error: DaypassError) => {
        assert.equal(error.code, 'bad-configuration');
        assert.equal(error.faults.length, faults.length, error.faults.join('\n'));
        for (const [index, fault] of faults.entries()) assert.match(error.faults[index] ?? '', fault);
        assert.ok(!error.faults.join().includes('AKIA'));
        return true;
      },
    );
  });

test('keys that [DEFAULT] gives to every profile change nothing for a [default] without credentials', () => {
  // botocore alone reads them, and only for a profile that has a section.
  assert.throws(() => other('[DEFAULT]\nrole_arn = r\n[default]\nregion = x\n'), /role_arn/);
  assert.equal(other('[DEFAULT]\nrole_arn = r\n'), undefined);
});
