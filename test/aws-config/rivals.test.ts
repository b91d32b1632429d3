import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAwsCredentialsFile, parseAwsConfigFile } from '../../src/aws-config/parse.ts';
import { type ProfileFiles, profileRivals, rivalFault, rivalRemedy } from '../../src/aws-config/rivals.ts';
import { hintText } from '../../src/errors.ts';

const shown = { config: '~/.aws/config', credentials: '~/.aws/credentials' };
const process = 'credential_process = /usr/local/bin/daypass --profile developer';

function files(config: string, credentials = '', env: NodeJS.ProcessEnv = {}): ProfileFiles {
  return {
    config: parseAwsConfigFile(config),
    credentials: decodeAwsCredentialsFile(Buffer.from(credentials)),
    env,
  };
}

const inConfig = (...lines: string[]) => files(`[profile developer]\n${process}\n${lines.join('\n')}\n`);
const inCredentials = (...lines: string[]) =>
  files(`[profile developer]\n${process}\n`, `[developer]\n${lines.join('\n')}\n`);

const keys = ['aws_access_key_id = AKIAEXAMPLE', 'aws_secret_access_key = x'];

/** The columns: keys beside our line, the clients that use them, the clients that fail. */
const cases: [what: string, files: ProfileFiles, keys: string[], wins: RegExp, fails: RegExp][] = [
  [
    'static keys in the config file',
    inConfig(...keys),
    ['aws_access_key_id', 'aws_secret_access_key'],
    /^JavaScript,Go,Ruby$/,
    /^\.NET$/,
  ],
  [
    'static keys in the credentials file',
    inCredentials(...keys),
    ['aws_access_key_id', 'aws_secret_access_key'],
    /AWS CLI.*JavaScript,Go,Ruby,C\+\+/,
    /^\.NET$/,
  ],
  ['role_arn alone', inConfig('role_arn = r'), ['role_arn'], /^Go,CRT$/, /AWS CLI.*Ruby,Rust,\.NET/],
  [
    'role_arn with source_profile',
    inConfig('role_arn = r', 'source_profile = base'),
    ['role_arn', 'source_profile'],
    /AWS CLI.*JavaScript,Ruby,Java,Rust/,
    /^Go,\.NET$/,
  ],
  [
    'role_arn with credential_source',
    inConfig('role_arn = r', 'credential_source = Environment'),
    ['role_arn', 'credential_source'],
    /AWS CLI.*Java,Rust/,
    /^Go,Ruby,\.NET$/,
  ],
  ['source_profile alone', inConfig('source_profile = base'), ['source_profile'], /^$/, /^Go,\.NET$/],
  [
    'web_identity_token_file',
    inConfig('web_identity_token_file = /t'),
    ['web_identity_token_file'],
    /AWS CLI.*JavaScript,Ruby/,
    /^Go,\.NET$/,
  ],
  [
    'web_identity_token_file with its role_arn',
    inConfig('role_arn = r', 'web_identity_token_file = /t'),
    ['role_arn', 'web_identity_token_file'],
    /AWS CLI.*JavaScript,Ruby/,
    /^Go,\.NET$/,
  ],
  [
    'an SSO session',
    inConfig('sso_session = s', 'sso_account_id = 123456789012'),
    ['sso_session', 'sso_account_id'],
    /AWS CLI.*Go,Ruby/,
    /^$/,
  ],
  ['aws login', inConfig('login_session = arn'), ['login_session'], /2\.32.*Rust/, /^$/],
  ['a key that .NET knows', inConfig('role_session_name = me'), ['role_session_name'], /^$/, /^\.NET$/],
  [
    'another credential_process in the credentials file',
    inCredentials('credential_process = /usr/bin/other'),
    ['credential_process'],
    /AWS CLI.*JavaScript,Go,Ruby/,
    /^$/,
  ],
];

for (const [what, found, names, wins, fails] of cases) {
  test(`${what}: one rival that names its keys and clients`, () => {
    const rivals = profileRivals('developer', found);
    assert.equal(rivals.length, 1);
    const [rival] = rivals;
    assert.ok(rival);
    assert.deepEqual(rival.keys, names);
    assert.match(rival.wins.join(), wins);
    assert.match(rival.fails.join(), fails);
    const [key = ''] = names;
    const fault = rivalFault(rival, shown);
    assert.ok(
      fault.startsWith(key) && fault.includes(rival.place === 'config' ? 'config:3)' : 'credentials:2)'),
    );
    assert.match(
      hintText(rivalRemedy(rival, 'developer', shown)),
      new RegExp(`^remove ${key}.*~/.aws/${rival.place}`),
    );
  });
}

test('a profile of daypass has no rivals, in either file and with any other profiles', () => {
  const clean = inConfig(
    'region = eu-west-1',
    'output = json',
    's3 =',
    '  role_arn = x',
    'daypass_role_arn = r',
  );
  assert.deepEqual(profileRivals('developer', clean), []);
  assert.deepEqual(profileRivals('developer', inCredentials(process)), []);
  const others = files(
    `[profile other]\nrole_arn = x\n[profile developer]\n${process}\n`,
    `[other]\n${keys[0]}\n`,
  );
  assert.deepEqual(profileRivals('developer', others), []);
  assert.deepEqual(profileRivals('absent', others), []);
  assert.deepEqual(profileRivals('developer', inConfig('role_arn =')), [], 'an empty value counts as absent');
});

test('the same group in both files is two rivals, as each file needs a correction', () => {
  const both = files(`[default]\n${process}\nrole_arn = x\n`, `[default]\nsource_profile = y\n`);
  const rivals = profileRivals('default', both);
  assert.deepEqual(
    rivals.map(({ place, keys }) => [place, ...keys]),
    [
      ['config', 'role_arn'],
      ['credentials', 'source_profile'],
    ],
  );
  assert.match(hintText(rivalRemedy(rivals[0] ?? assert.fail(), 'default', shown)), /from \[default\] in/);
});

test('environment keys win over AWS_PROFILE nearly everywhere, and in JavaScript only over default', () => {
  const env = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'B', AWS_SESSION_TOKEN: '' };
  const named = profileRivals('developer', files('', '', { ...env, AWS_PROFILE: 'developer' }));
  assert.equal(named.length, 1);
  assert.deepEqual(named[0]?.keys, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
  assert.ok(!named[0]?.wins.includes('JavaScript'));
  assert.ok(profileRivals('default', files('', '', env))[0]?.wins.includes('JavaScript'));
  const half = profileRivals('developer', files('', '', { AWS_ACCESS_KEY_ID: 'A' }));
  assert.deepEqual([half[0]?.wins, half[0]?.fails], [[], ['AWS CLI and boto3']]);
  const web = { AWS_WEB_IDENTITY_TOKEN_FILE: '/t', AWS_ROLE_ARN: 'r' };
  assert.deepEqual(profileRivals('developer', files('', '', web))[0]?.keys, Object.keys(web));
  assert.deepEqual(profileRivals('developer', files('', '', { AWS_ROLE_ARN: 'r' })), []);
});
