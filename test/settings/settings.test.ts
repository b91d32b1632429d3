import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { parseArguments } from '../../src/settings/arguments.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { shownBelow } from '../support/shown-path.ts';

const home = mkdtempSync(join(tmpdir(), 'daypass-settings-'));
after(() => rmSync(home, { recursive: true }));
const configFile = join(home, 'config');

const complete = `[profile developer]
daypass_issuer = https://login.example.com
daypass_client_id = 0oa1b2c3
daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess
`;

function load(config: string, argv: string[] = ['--profile', 'developer'], env: NodeJS.ProcessEnv = {}) {
  writeFileSync(configFile, config);
  return loadSettings({
    flags: parseArguments(argv).flags,
    env: { AWS_CONFIG_FILE: configFile, ...env },
    home,
  });
}

function faultsOf(config: string, argv?: string[], env?: NodeJS.ProcessEnv): DaypassError {
  try {
    load(config, argv, env);
  } catch (error) {
    if (error instanceof DaypassError) return error;
    throw error;
  }
  return assert.fail('the settings were accepted');
}

test('a complete profile gives settings with every default', () => {
  assert.deepEqual(load(complete), {
    profile: 'developer',
    signInFlags: '--profile developer',
    issuer: 'https://login.example.com',
    clientId: '0oa1b2c3',
    roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
    authorizeParams: {},
    duration: 3600,
    policyArns: [],
    region: 'us-east-1',
    redirectPorts: [],
    redirectHost: '127.0.0.1',
    redirectPath: '/callback',
    store: 'keychain',
    nonInteractive: false,
    deviceCode: false,
    timeout: 55,
  });
});

test('the precedence is flags, environment, --env-file, profile, source profile', () => {
  const envFile = join(home, 'settings.env');
  writeFileSync(envFile, 'DAYPASS_DURATION=1003\nDAYPASS_TIMEOUT=13\n');
  const config = `${complete}daypass_source_profile = base
daypass_duration = 1002
daypass_timeout = 12
daypass_store = file
[profile base]
daypass_duration = 1001
daypass_timeout = 11
daypass_store = keychain
daypass_session_name = from-base
`;
  const env = { DAYPASS_DURATION: '1004' };
  const argv = ['--profile', 'developer', '--env-file', envFile];
  const settings = load(config, [...argv, '--duration', '1005'], env);
  assert.equal(settings.duration, 1005);
  assert.equal(load(config, argv, env).duration, 1004);
  assert.equal(load(config, argv).duration, 1003);
  assert.equal(load(config).duration, 1002);
  assert.equal(settings.timeout, 13);
  assert.equal(settings.timeoutGiven, true);
  assert.equal(settings.store, 'file');
  assert.equal(settings.sessionName, 'from-base');
});

test('the settings of all AWS clients have their own variables and keys, and the variables win', () => {
  const own =
    'region = us-east-2\nuse_fips_endpoint = TRUE\nuse_dualstack_endpoint = true\nca_bundle = /x/ca.pem\n';
  const path = shownBelow(home, 'config');
  const settings = load(complete + own);
  assert.deepEqual([settings.useFipsEndpoint, settings.useDualstackEndpoint], [true, true]);
  assert.deepEqual(settings.stsOrigins, [
    `use_fips_endpoint (${path}:6)`,
    `use_dualstack_endpoint (${path}:7)`,
  ]);
  assert.deepEqual(settings.caBundle, { path: '/x/ca.pem', origin: `ca_bundle (${path}:8)` });
  const env = {
    AWS_USE_FIPS_ENDPOINT: 'False',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_CA_BUNDLE: 'other/ca.pem',
  };
  const other = load(complete + own, undefined, env);
  assert.deepEqual([other.useFipsEndpoint, other.useDualstackEndpoint], [false, true]);
  assert.deepEqual(other.stsOrigins, ['AWS_USE_DUALSTACK_ENDPOINT']);
  // As for the AWS CLI, a relative path begins at the working directory.
  const absolute = join(process.cwd(), 'other', 'ca.pem');
  assert.deepEqual(other.caBundle, { path: absolute, origin: 'AWS_CA_BUNDLE' });
  const empty = Object.fromEntries(Object.keys(env).map((name) => [name, '']));
  assert.deepEqual(load(complete + own, undefined, empty), settings);
});

const fipsFaults: [what: string, config: string, env: NodeJS.ProcessEnv, fault: RegExp | undefined][] = [
  [
    'in a region that has none',
    'region = eu-west-1',
    {},
    /^use_fips_endpoint .*:6\) is true, .* in eu-west-1 \(only in us-east-1, us-east-2, us-west-1, us-west-2\): set another region, or daypass_sts_endpoint$/,
  ],
  [
    'set by the environment',
    'region = ca-central-1',
    { AWS_USE_FIPS_ENDPOINT: 'true' },
    /^AWS_USE_FIPS_ENDPOINT is true/,
  ],
  [
    'in the default region of China',
    'daypass_role_arn = arn:aws-cn:iam::123456789012:role/X',
    {},
    /no FIPS endpoint in cn-northwest-1: /,
  ],
  [
    'in an isolated partition',
    'daypass_role_arn = arn:aws-iso:iam::123456789012:role/X',
    {},
    /in us-iso-east-1: /,
  ],
  [
    "in Europe's own partition",
    'daypass_role_arn = arn:aws-eusc:iam::123456789012:role/X',
    {},
    /in eusc-de-east-1: /,
  ],
  ['in GovCloud', 'daypass_role_arn = arn:aws-us-gov:iam::123456789012:role/X', {}, undefined],
  ['in the default region', '', {}, undefined],
  ['with an endpoint', 'region = eu-west-1\ndaypass_sts_endpoint = https://sts.example.com', {}, undefined],
  ['switched off by the environment', 'region = eu-west-1', { AWS_USE_FIPS_ENDPOINT: 'false' }, undefined],
];
for (const [what, more, env, fault] of fipsFaults) {
  test(`a FIPS endpoint of STS ${what}`, () => {
    const [key = ''] = more.split(' ', 1);
    const base = key.startsWith('daypass_role') ? complete.replace(/^daypass_role_arn.*$/m, more) : complete;
    const rest = base === complete && more ? `${more}\n` : '';
    const config = `${base}${rest}use_fips_endpoint = true\n`;
    if (!fault) return assert.ok(load(config, undefined, env));
    const { faults } = faultsOf(config, undefined, env);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0] ?? '', fault);
  });
}

test('another value than true or false for a setting of AWS clients is refused, wherever it comes from', () => {
  for (const value of ['yes', '1', 'on', 'true false', 'ture']) {
    for (const name of ['use_fips_endpoint', 'use_dualstack_endpoint']) {
      const inProfile = faultsOf(`${complete}${name} = ${value}\n`);
      assert.match(inProfile.faults.join(), new RegExp(`^${name} \\(.*:5\\) must be true or false, not "`));
      const variable = `AWS_${name.toUpperCase()}`;
      const inEnvironment = faultsOf(complete, undefined, { [variable]: value });
      assert.deepEqual(inEnvironment.faults, [`${variable} must be true or false, not "${value}"`]);
    }
  }
});

test('one error has all faults, each with its spelling and its line', () => {
  const error = faultsOf(
    `[profile developer]
daypass_issuer = http://login.example.com
daypass_client_id = 0oa1b2c3
daypass_duration = 1
daypass_isuer = x
`,
    ['--profile', 'developer', '--redirect-host', 'example.com'],
    { DAYPASS_TIMEOUT: 'soon' },
  );
  assert.equal(error.code, 'bad-configuration');
  assert.equal(error.exitCode, 65);
  const path = shownBelow(home, 'config');
  assert.deepEqual(error.faults, [
    `daypass_isuer (${path}:5) is not a setting of daypass: did you mean daypass_issuer?`,
    `daypass_issuer (${path}:2) must begin with https:// (http:// is for 127.0.0.1 and [::1]), not "http://login.example.com"`,
    `daypass_role_arn is missing: add "daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess" to [profile developer] in ${path}`,
    `daypass_duration (${path}:4) must be 900 to 43200 seconds, not "1"`,
    '--redirect-host must be 127.0.0.1 or localhost, not "example.com"',
    'DAYPASS_TIMEOUT must be 1 to 3600 seconds, not "soon"',
  ]);
});

test('a client secret is never shown, right or wrong', () => {
  const error = faultsOf(`${complete}daypass_client_secret = two words\n`);
  assert.doesNotMatch(error.faults.join(), /two words/);
});

const refused: [what: string, line: string, fault: RegExp][] = [
  [
    'an issuer with the discovery path',
    'daypass_issuer = https://a.example/.well-known/openid-configuration',
    /well-known/,
  ],
  ['an issuer with a user in it', 'daypass_issuer = https://idp@evil.example', /plain https/],
  ['an issuer with a query', 'daypass_issuer = https://a.example/?x=1', /plain https/],
  [
    'an Entra issuer without a tenant',
    'daypass_issuer = https://login.microsoftonline.com/common/v2.0',
    /tenant/,
  ],
  ['a role of another service', 'daypass_role_arn = arn:aws:s3::123456789012:role/X', /arn:aws:iam/],
  ['a role with a blank', 'daypass_role_arn = arn:aws:iam::123456789012:role/a b', /arn:aws:iam/],
  ['a role of an unknown partition', 'daypass_role_arn = arn:aws-moon:iam::123456789012:role/X', /partition/],
  ...[
    'login.microsoftonline.com/common/v2.0',
    'login.microsoftonline.us/organizations/v2.0',
    'login.partner.microsoftonline.cn/consumers/v2.0',
    'login.microsoftonline.us/{tenantid}/v2.0',
    'login.chinacloudapi.cn/common',
    'login.windows.net/common/',
    'sts.windows.net/{tenantid}/',
    'sts.chinacloudapi.cn/%7Btenantid%7D/',
  ].map((issuer): [string, string, RegExp] => [
    `the shared address ${issuer} of Microsoft`,
    `daypass_issuer = https://${issuer}`,
    /daypass_issuer .*must contain your tenant's id instead of \S+, not "/,
  ]),
  ['a region of another partition', 'region = cn-north-1', /not a region of aws/],
  ['a region that is an address', 'region = x.evil#', /eu-west-1/],
  ['a duration that is not a number', 'daypass_duration = NaN', /900 to 43200/],
  ['a duration over the limit', 'daypass_duration = 43201', /900 to 43200/],
  [
    'a parameter of the sign-in',
    'daypass_authorize_params = redirect_uri=https://evil.example',
    /redirect_uri/,
  ],
  ['a redirect path with an empty segment', 'daypass_redirect_path = //', /callback/],
  ['a redirect path that climbs', 'daypass_redirect_path = /a/../b', /callback/],
  ['an open quote in the browser', 'daypass_browser = "firefox', /quotes/],
  ['a port out of range', 'daypass_redirect_port = 70000', /65535/],
  ['a port that browsers leave out', 'daypass_redirect_port = 8400, 80', /must not be 80/],
  ['a session name with a blank', 'daypass_session_name = ada l', /or a claim/],
  ['a session name that is part text, part claim', 'daypass_session_name = dev-{email}', /or a claim/],
  ['a claim without a name', 'daypass_session_name = {}', /or a claim/],
  ['a relative log file', 'daypass_log = daypass.log', /absolute/],
  ['an STS endpoint without TLS', 'daypass_sts_endpoint = http://sts.example.com', /https/],
  ['a store that does not exist', 'daypass_store = plaintext', /keychain or file/],
  [
    'eleven policies',
    `daypass_policy_arns = ${'arn:aws:iam::aws:policy/ReadOnlyAccess '.repeat(11)}`,
    /at most 10/,
  ],
];

for (const [what, line, fault] of refused) {
  test(`${what} is refused`, () => {
    const [key = ''] = line.split(' ');
    const config = complete.replace(new RegExp(`^${key} .*\n`, 'm'), '');
    const error = faultsOf(`${config}${line}\n`);
    assert.equal(error.exitCode, 65);
    assert.match(error.faults.join('\n'), fault);
  });
}

test('if no profile is named and [default] does not use daypass, the hint names the profiles that do', () => {
  const more = ['b', 'c', 'd', 'e', 'f', 'g'].map((name) => complete.replace('developer', name)).join('');
  const other = '[default]\nregion = eu-west-1\n';
  for (const [config, hint] of [
    [complete, 'name a profile: --profile developer, or set AWS_PROFILE'],
    [`${other}${complete}`, 'name a profile: --profile developer, or set AWS_PROFILE'],
    [`${complete}${more}`, 'name a profile with --profile or AWS_PROFILE: developer, b, c, d, e and 2 more'],
  ] as const) {
    const error = faultsOf(config, []);
    assert.deepEqual(
      [error.code, error.faults, error.hint],
      ['bad-configuration', ['no profile is named, and [default] does not use daypass'], hint],
    );
  }
  // With a named profile, with other sources, or with a fault, the error lists the missing settings.
  for (const [config, argv, env] of [
    [complete, ['--profile', 'default'], {}],
    [complete, [], { DAYPASS_ISSUER: 'https://login.example.com' }],
    [`[default]\ncredential_process = daypass\n${complete}`, [], {}],
  ] as const) {
    assert.match(faultsOf(config, [...argv], env).message, /daypass_client_id is missing/);
  }
});

test('without any profile daypass is not set up, which is no list of missing settings', () => {
  for (const config of ['', '[default]\nregion = eu-west-1\n']) {
    const error = faultsOf(config, []);
    assert.deepEqual(
      [error.code, error.exitCode, error.faults, error.hint],
      ['not-set-up', 65, ['daypass is not set up yet'], 'run: daypass configure'],
    );
  }
  // The error names each setting that is wrong or incomplete.
  for (const [config, env] of [
    ['', { DAYPASS_ISSUER: 'https://login.example.com' }],
    ['[default]\ndaypass_isuer = x\n', {}],
  ] as const)
    assert.equal(faultsOf(config, [], env).code, 'bad-configuration');
});

test('the error of an unknown profile names the profile and the file', () => {
  const error = faultsOf(complete, ['--profile', 'developper']);
  assert.equal(error.code, 'unknown-profile');
  assert.ok(error.message.includes(`[profile developper] in ${shownBelow(home, 'config')}`), error.message);
});

test('a fault for which AWS clients refuse the file counts in our profile and not in another', () => {
  assert.match(
    faultsOf(`${complete}daypass_issuer = https://b.example\n`).message,
    /:5: a second daypass_issuer/,
  );
  assert.match(faultsOf(`\uFEFF${complete}`).message, /byte order mark/);
  assert.match(faultsOf(`${complete}no equals sign here\n`).message, /:5: not a "key = value"/);
  assert.ok(load(`${complete}[profile other]\nno equals sign here\n[profile other]\n`));
});

test('the reader treats CRLF, comments, nested blocks and other sections as AWS clients do', () => {
  const config = `# comment\r\n[sso-session x]\r\ndaypass_store = file\r\n${complete.replaceAll('\n', '\r\n')}s3 =\r\n  daypass_store = file\r\n; end\r\n`;
  assert.equal(load(config).store, 'keychain');
});

test('a source profile that leads back to itself is a fault', () => {
  const error = faultsOf(
    `${complete}daypass_source_profile = b\n[profile b]\ndaypass_source_profile = developer\n`,
  );
  assert.match(error.message, /leads back to itself/);
});

test('a browser setting splits at blanks, double quotes group words, and a backslash is literal', () => {
  const { browser } = load(`${complete}daypass_browser = "C:\\Program Files\\x.exe" --new-tab\n`);
  assert.deepEqual(browser, ['C:\\Program Files\\x.exe', '--new-tab']);
});

const misused: [argv: string[], fault: RegExp][] = [
  [['--nope'], /unknown option --nope/],
  [['fly'], /unknown command "fly"/],
  [['constructor'], /unknown command/],
  [['login', 'again', 'hush'], /more than one profile is named/],
  [['login', '--profile', 'hush', 'hush'], /more than one profile is named/],
  [['settings', 'again'], /unknown argument "again"/],
  [['--profile'], /--profile needs a value/],
  [['--profile', '--force'], /--profile needs a value/],
  [['--profile', 'a', '--profile', 'b'], /twice/],
  [['--force'], /unknown option --force/],
  [['status', '--force'], /unknown option --force for status/],
  [['completion', 'bash', 'hush'], /unknown argument/],
  [['constructor'], /unknown command/],
  [['--client-secret', 'hush'], /not supported/],
];

for (const [argv, fault] of misused) {
  test(`daypass ${argv.join(' ')} is a usage error that echoes no value`, () => {
    assert.throws(
      () => parseArguments(argv),
      (error) =>
        error instanceof DaypassError &&
        error.exitCode === 64 &&
        fault.test(error.message) &&
        !/hush/.test(error.message.replace(/argument "hush"/, '')),
    );
  });
}

test('the hint for a profile without its flag contains the flag', () => {
  for (const [argv, hint] of [
    [['--timeout', '9', 'developer'], 'name the profile with --profile, run: daypass --profile developer'],
    [['login', '-p', 'hush'], 'name the profile with --profile'],
    [['--timeout', '9', 'a b'], 'run: daypass --help'],
    [['completion', 'bash', 'developer'], 'run: daypass completion --help'],
    [['--timeout', '9', 'login'], 'put the command first, run: daypass login --profile P'],
  ] as const) {
    assert.throws(
      () => parseArguments(argv),
      (error) => error instanceof DaypassError && error.hint === hint,
      argv.join(' '),
    );
  }
});

test('a profile name with a bracket or a newline is a usage error', () => {
  for (const name of ['a]b', 'a\nb', 'a b', '$(x)', 'x'.repeat(300)]) {
    assert.equal(faultsOf(complete, ['--profile', name]).exitCode, 64);
  }
});

test('a flag, the environment or --env-file can name the source profile', () => {
  const config = `${complete}[profile other]\ndaypass_role_arn = arn:aws:iam::123456789012:role/Other\n`;
  const envFile = join(home, 'source.env');
  writeFileSync(envFile, 'DAYPASS_SOURCE_PROFILE=developer\n');
  for (const [argv, env] of [
    [['--source-profile', 'developer'], {}],
    [[], { DAYPASS_SOURCE_PROFILE: 'developer' }],
    [['--env-file', envFile], {}],
  ] as const) {
    const settings = load(config, ['--profile', 'other', ...argv], env);
    assert.equal(settings.issuer, 'https://login.example.com');
    assert.match(settings.roleArn, /Other$/);
  }
});

test('a value that continues in the next line is a fault, as daypass reads only one line', () => {
  const arns = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  const { code, faults } = faultsOf(`${complete}daypass_policy_arns =\n  ${arns}\n`);
  assert.equal(code, 'bad-configuration');
  assert.match(faults.join(), /:6: belongs to daypass_policy_arns above/);
  // Blocks below other keys, and a profile that is indented as a whole, have no fault.
  assert.ok(load(`${complete}s3 =\n  max_concurrent_requests = 2\n`));
  assert.ok(load(complete.replace(/\n(?=daypass)/g, '\n  ')));
});

test('the profile default may be missing from the file if other sources give every setting', () => {
  const env = {
    DAYPASS_ISSUER: 'https://login.example.com',
    DAYPASS_CLIENT_ID: '0oa1b2c3',
    DAYPASS_ROLE_ARN: 'arn:aws:iam::123456789012:role/DeveloperAccess',
  };
  assert.equal(load('', ['--profile', 'default'], env).profile, 'default');
});

test('the hint for a command after the flags shows its place', () => {
  assert.throws(
    () => parseArguments(['--profile', 'p', 'login']),
    (error: DaypassError) => /daypass login --profile/.test(error.hint ?? error.faults.join()),
  );
});
