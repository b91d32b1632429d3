// A name that is nearly right: the error suggests the nearest names, or none.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { parseArguments } from '../../src/settings/arguments.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { shownBelow } from '../support/shown-path.ts';

const home = mkdtempSync(join(tmpdir(), 'daypass-near-'));
after(() => rmSync(home, { recursive: true }));
const configFile = join(home, 'config');
const credentialsFile = join(home, 'credentials');
const shown = shownBelow(home, 'config');

const keys = `daypass_issuer = https://login.example.com
daypass_client_id = 0oa1b2c3
daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess
`;

interface Files {
  config?: string;
  credentials?: string;
}

function errorOf(argv: string[], { config = '', credentials = '' }: Files = {}, env = {}): DaypassError {
  writeFileSync(configFile, config);
  writeFileSync(credentialsFile, credentials);
  const place = { AWS_CONFIG_FILE: configFile, AWS_SHARED_CREDENTIALS_FILE: credentialsFile, ...env };
  try {
    loadSettings({ flags: parseArguments(argv).flags, env: place, home });
  } catch (error) {
    if (error instanceof DaypassError) return error;
    throw error;
  }
  return assert.fail('nothing was refused');
}

/** Lines that are almost `[profile dev]`, and what the error says about line 2. */
const almost: readonly (readonly [line: string, told: string])[] = [
  ['[dev]', '[dev] must be [profile dev]'],
  ['[ dev ]', '[ dev ] must be [profile dev]'],
  ['[Dev]', '[Dev] must be [profile dev]'],
  ['[dev] # mine', '[dev] # mine must be [profile dev]'],
  ['[Profile dev]', '[Profile dev] must be [profile dev]'],
  ['[PROFILE DEV]', '[PROFILE DEV] must be [profile dev]'],
  ['[prfile dev]', '[prfile dev] must be [profile dev]'],
  ['[profiledev]', '[profiledev] must be [profile dev]'],
  ['[profile:dev]', '[profile:dev] must be [profile dev]'],
  ['[profile d ev]', '[profile d ev] must be [profile dev]'],
  ['[profile "dev ]', '[profile "dev ] must be [profile dev]'],
  ['[profile dev', '[profile dev must be [profile dev]'],
  ['# [profile dev]', '# [profile dev] is a comment'],
  [';[profile dev]', ';[profile dev] is a comment'],
  ['[profile Dev]', '[profile Dev] is another profile: profile names are case-sensitive'],
];

for (const [line, told] of almost) {
  test(`an unknown profile dev names the line ${line}`, () => {
    const error = errorOf(['--profile', 'dev'], { config: `# mine\n${line}\n${keys}` });
    assert.equal(error.code, 'unknown-profile');
    assert.deepEqual(error.faults, [`there is no [profile dev] in ${shown}`, `${shown}:2: ${told}`]);
    const isOther = told.endsWith('case-sensitive');
    const hint = isOther
      ? 'did you mean Dev? to create dev, run: daypass configure --profile dev'
      : 'correct that line, then run the command again';
    assert.equal(error.hint, hint);
  });
}

for (const config of ['[sso-session dev]\n', '[services dev]\n', '[profile prod]\ndev = 1\n', '# dev\n']) {
  test(`${JSON.stringify(config)} is not almost a profile dev`, () => {
    const error = errorOf(['--profile', 'dev'], { config });
    assert.deepEqual(error.faults, [`there is no [profile dev] in ${shown}`]);
    assert.equal(error.hint, 'to create this profile, run: daypass configure --profile dev');
  });
}

const both = { config: `[profile dev]\n${keys}[profile dev-admin]\n${keys}[profile prod]\n${keys}` };

test('an unknown profile names the nearest profiles, from the flag and from AWS_PROFILE', () => {
  for (const error of [errorOf(['--profile', 'dve'], both), errorOf([], both, { AWS_PROFILE: 'dve' })]) {
    assert.equal(error.hint, 'did you mean dev? to create dve, run: daypass configure --profile dve');
    assert.deepEqual(error.faults, [`there is no [profile dve] in ${shown}`]);
  }
  const other = errorOf(['--profile', 'DEV'], both);
  assert.equal(
    other.hint,
    'did you mean dev or dev-admin? to create DEV, run: daypass configure --profile DEV',
  );
  assert.deepEqual(other.faults.slice(1), [
    `${shown}:1: [profile dev] is another profile: profile names are case-sensitive`,
  ]);
});

test('settings in the credentials file are named, and other keys there are not', () => {
  const shownThere = shownBelow(home, 'credentials');
  for (const header of ['[dev]', '[profile dev]']) {
    const { faults } = errorOf(['--profile', 'dev'], { credentials: `${header}\n${keys}` });
    assert.deepEqual(faults.slice(1), [
      `${shownThere}:2: daypass_issuer must be in [profile dev] of ${shown}`,
    ]);
  }
  const { faults } = errorOf(['--profile', 'dev'], { credentials: '[dev]\naws_access_key_id = AKIA\n' });
  assert.equal(faults.length, 1);
});

test('the error names an extra blank around the profile name, and the place that has it', () => {
  for (const name of [' dev', 'dev ', '"dev"', "'dev'", 'dev\r']) {
    const flag = errorOf(['--profile', name], both);
    assert.deepEqual([flag.code, flag.hint], ['usage', 'did you mean dev? correct --profile']);
    assert.equal(errorOf([], both, { AWS_PROFILE: name }).hint, 'did you mean dev? correct AWS_PROFILE');
  }
  assert.equal(errorOf(['--profile', 'a]b'], both).hint, 'correct --profile');
});

test('an unknown source profile names the nearest', () => {
  const config = `${both.config}[profile audit]\ndaypass_source_profile = dve\n`;
  assert.match(
    errorOf(['--profile', 'audit'], { config }).faults[0] ?? '',
    /does not name a profile of \S+: dve, did you mean dev\?$/,
  );
});

for (const [key, question] of [
  ['daypass_clientid', ': did you mean daypass_client_id?'],
  ['daypass-client-id', ': did you mean daypass_client_id?'],
  ['Daypass_Client_Ids', ': did you mean daypass_client_id?'],
  ['daypas_store', ': did you mean daypass_store?'],
  ['day_pass_log', ': did you mean daypass_log?'],
  ['daypass_isuer', ': did you mean daypass_issuer?'],
  ['daypass_region', ': did you mean region?'],
  ['daypass_nothing_like_it', ''],
  ['daypass_fly', ''],
] as const) {
  test(`the key ${key} is refused${question}`, () => {
    const { faults } = errorOf(['--profile', 'dev'], { config: `[profile dev]\n${keys}${key} = x\n` });
    assert.deepEqual(faults, [`${key.toLowerCase()} (${shown}:5) is not a setting of daypass${question}`]);
  });
}

for (const [argv, hint] of [
  [['lgoin'], 'did you mean login?'],
  [['help', 'doktor'], 'did you mean doctor?'],
  [['trustpolicy'], 'did you mean trust-policy?'],
  [['—profile', 'dev'], 'did you mean --profile?'],
  [
    ['--profile', 'dev', 'lgoin'],
    'did you mean login? put the command first, run: daypass login --profile P',
  ],
  [['env', '--fromat', 'fish'], 'did you mean --format? for help, run: daypass env --help'],
  [['login', '--profle', 'dev'], 'did you mean --profile? for help, run: daypass login --help'],
  [['login', '-profile', 'dev'], 'did you mean --profile? for help, run: daypass login --help'],
  [['login', '--froce'], 'did you mean --force? for help, run: daypass login --help'],
  [['--no-browser'], 'did you mean --browser? for help, run: daypass --help'],
  [['status', '--client_id=x'], 'did you mean --client-id? for help, run: daypass status --help'],
  [['fly'], 'run: daypass --help'],
  [['login', '--zzz'], 'run: daypass login --help'],
  [['exec', '--zzz', 'true'], 'run: daypass exec --help'],
  [['settings', 'dev'], 'run: daypass settings --help'],
  [['login', 'dev', 'prod'], 'run: daypass login --help'],
  [['login', '--profile', 'dev', 'prod'], 'run: daypass login --help'],
  [['login', 'dev', '--profile', 'prod'], 'run: daypass login --help'],
  [['login', '--profile'], 'run: daypass login --help'],
  [['env', '--format', 'fish', '--format', 'cmd'], 'run: daypass env --help'],
] as const) {
  test(`daypass ${argv.join(' ')}: ${hint}`, () => {
    assert.throws(
      () => parseArguments(argv),
      (error) => error instanceof DaypassError && error.code === 'usage' && error.hint === hint,
    );
  });
}

test('an unknown profile in the null device does not lead to configure, which cannot write there', {
  skip: process.platform === 'win32' && 'the null device has another name on Windows',
}, () => {
  const link = join(home, 'link');
  symlinkSync('/dev/null', link);
  for (const [path, name] of [
    ['/dev/null', '/dev/null'],
    [link, '~/link'],
  ] as const) {
    const hint = `${name} cannot hold a profile: put a file in its place, or name one in AWS_CONFIG_FILE`;
    assert.equal(errorOf(['--profile', 'dev'], {}, { AWS_CONFIG_FILE: path }).hint, hint);
    assert.equal(errorOf([], {}, { AWS_CONFIG_FILE: path }).hint, hint);
  }
});
