// Every setting refuses what a chat, a word processor or another kind of file leaves in a value. A setting that is
// new to the table needs a value here.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import { parseArguments } from '../../src/settings/arguments.ts';
import { type SettingName, settingNames, settingOf, spellings } from '../../src/settings/setting-table.ts';
import { loadSettings } from '../../src/settings/settings.ts';

const home = mkdtempSync(join(tmpdir(), 'daypass-odd-'));
after(() => rmSync(home, { recursive: true }));
const config = join(home, 'config');

writeFileSync(join(home, 'a-b'), '{"Version":"2012-10-17","Statement":{}}');

const values: Record<SettingName, string> = {
  issuer: 'https://a-b.example',
  clientId: 'a-b',
  clientSecret: 'a-secret',
  roleArn: 'arn:aws:iam::123456789012:role/A-B',
  scopes: 'openid a-b',
  authorizeParams: 'prompt=a-b',
  duration: '3600',
  sessionName: 'a-b',
  policyArns: 'arn:aws:iam::aws:policy/A-B',
  policy: join(home, 'a-b'),
  region: 'eu-west-1',
  stsEndpoint: 'https://a-b.example',
  useFipsEndpoint: 'false',
  useDualstackEndpoint: 'false',
  caBundle: '/tmp/a-b',
  redirectPort: '8400',
  redirectHost: 'localhost',
  redirectPath: '/a-b',
  browser: '/bin/a-b',
  store: 'keychain',
  sourceProfile: 'a-b',
  nonInteractive: 'false',
  deviceCode: 'false',
  log: '/tmp/a-b',
  timeout: '55',
};

/** Loads the profile with these values, and the variables. */
function load(changes: Partial<Record<SettingName, string>>, env: NodeJS.ProcessEnv = {}): void {
  const keys = Object.entries({ ...values, ...changes }).map(
    ([name, value]) => `${spellings(name as SettingName).key} = ${value}\n`,
  );
  writeFileSync(config, `[profile dev]\n${keys.join('')}[profile a-b]\n`);
  loadSettings({
    flags: parseArguments(['--profile', 'dev']).flags,
    env: { AWS_CONFIG_FILE: config, ...env },
    home,
  });
}

function faultsOf(...given: Parameters<typeof load>): readonly string[] {
  try {
    load(...given);
  } catch (error) {
    if (error instanceof DaypassError) return error.faults;
    throw error;
  }
  return [];
}

test('the values are right as they are', () => assert.deepEqual(faultsOf({}), []));

/** The change of a value, and what its fault must name. */
const odd: [what: string, change: (value: string) => string, mark: RegExp][] = [
  ['double quotation marks', (value) => `"${value}"`, /quotation marks \("\)/],
  ['single quotation marks', (value) => `'${value}'`, /quotation marks \('\)/],
  ['backticks', (value) => `\`${value}\``, /quotation marks \(`\)/],
  ['smart quotes', (value) => `\u201c${value}\u201d`, /U\+201C \(left double quotation mark\), U\+201D/],
  ['a comment with #', (value) => `${value} # eol`, /the comment at its end \(#\)/],
  ['a comment with ; behind a tab', (value) => `${value}\t; eol`, /the comment at its end \(;\)/],
  [
    'a comment behind quotation marks',
    (value) => `'${value}' # eol`,
    /the comment .*, quotation marks \('\)/,
  ],
  ['a no-break space', (value) => `${value}\u00a0x`, /U\+00A0 \(no-break space\)/],
  ['a zero width space', (value) => `${value}\u200b`, /U\+200B \(zero width space\)/],
  [
    'a byte order mark',
    (value) => `${value.slice(0, 1)}\ufeff${value.slice(1)}`,
    /U\+FEFF \(byte order mark\)/,
  ],
  ['a direction mark', (value) => `\u202e${value}`, /U\+202E \(invisible\)/],
  [
    'a non-breaking hyphen',
    (value) => `${value.replace('-', '\u2011')}\u2011`,
    /U\+2011 \(non-breaking hyphen\)/,
  ],
  ['an en dash', (value) => `${value}\u2013x`, /U\+2013 \(en dash\)/],
  ['full-width digits', (value) => `${value}\uff11`, /U\+FF11 \(full-width 1\)/],
  [
    'a Cyrillic letter in a Latin word',
    (value) => `${value} exampl\u0435`,
    /U\+0435 \(Cyrillic, looks like e\)/,
  ],
  ['a Greek letter in a Latin word', (value) => `${value} r\u03bfle`, /U\+03BF \(Greek, looks like o\)/],
  ['a control character', (value) => `${value}\u0001x`, /U\+0001 \(control character\)/],
];

for (const name of settingNames) {
  const { key, env } = spellings(name);
  test(`${key} names the odd characters in its value`, () => {
    for (const [what, change, mark] of odd) {
      const value = change(values[name]);
      // Double quotes are the grammar of this setting.
      if (settingOf(name).allows?.grouping && what.startsWith('double')) continue;
      const [fault = '', ...others] = faultsOf({ [name]: value });
      assert.deepEqual(others, [], what);
      assert.ok(fault.startsWith(`${key} (~/config:`), fault);
      assert.match(fault, mark);
      assert.match(fault, /^\S+ \(\S+\) must be without (U\+|the|quotation)/);
      if (!settingOf(name).allows?.secret) continue;
      assert.doesNotMatch(fault, /a-secret|secret\b.*secret|eol|write|not "/);
    }
  });

  if (name !== 'region')
    test(`${env[0]} refuses blanks around its value`, () => {
      for (const value of [`${values[name]} `, ` ${values[name]}`, `${values[name]}\t`]) {
        const [fault = '', ...others] = faultsOf({}, { [env[0] ?? '']: value });
        assert.match(fault, new RegExp(`^${env[0]} must be without blanks around it`));
        assert.deepEqual(others, []);
      }
    });
}

test('the fault has the value to write where that is clear', () => {
  for (const [name, value, advice] of [
    ['region', 'eu\u2011west\u20111', 'write eu-west-1, not "eu\u2011west\u20111"'],
    ['clientId', '"lab"', 'write lab, not ""lab""'],
    ['clientId', '\u201clab\u201d', 'write lab, not "'],
    ['clientId', 'l\uff41b # eol', 'write lab, not "l\uff41b # eol"'],
    ['roleArn', 'arn:aws:iam::123456789012:role/D\u0435v', 'write arn:aws:iam::123456789012:role/Dev, not "'],
    ['log', '"/tmp/daypass.log"', 'write /tmp/daypass.log, not "'],
    ['sourceProfile', "'a-b'", "write a-b, not 'a-b'"],
    ['duration', '"3600', 'the quotation mark ": write 3600, not "'],
    ['browser', "firefox -P 'my work'", `the quotation mark ': write firefox -P "my work", not "`],
  ] as const)
    assert.match(
      faultsOf({ [name]: value }).join(),
      new RegExp(advice.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
    );
  // A letter that stands for no other.
  assert.match(
    faultsOf({ clientId: 'caf\u00e9' }).join(),
    /must be without U\+00E9 \(\u00e9\), not "caf\u00e9"$/,
  );
  // Without the odd character it is still no region.
  assert.doesNotMatch(faultsOf({ region: 'eu\u2011west' }).join(), /write/);
});

test('names of files and programs may have the letters of every language, and signs within', () => {
  for (const log of [
    '/home/zo\u00eb/day.log',
    '/home/\u0438\u0432\u0430\u043d/log.txt',
    '/tmp/\u65e5\u8a18.log',
    "/tmp/it's#1;2",
  ])
    assert.deepEqual(faultsOf({ log }), [], log);
  for (const browser of [
    '"/opt/My Browser/run" --new "a # b"',
    'sh -c "open; exit"',
    '/opt/\u0431\u0440\u0430\u0443\u0437\u0435\u0440',
  ])
    assert.deepEqual(faultsOf({ browser }), [], browser);
  for (const clientSecret of ['"a~b.c', "it's`", '#;a#;'])
    assert.deepEqual(faultsOf({ clientSecret }), [], clientSecret);
});

test('a path may have odd characters if its file or folder exists', () => {
  const folder = join(home, 'Ada\u2019s \u2013 \u8a3c\u660e\uff08\u793e\u5185\uff09 #1');
  mkdirSync(folder);
  const caBundle = join(folder, 'ca\u2013new.pem');
  assert.match(faultsOf({ caBundle }).join(), /must be without/);
  writeFileSync(caBundle, '');
  assert.deepEqual(faultsOf({ caBundle }), []);
  assert.deepEqual(faultsOf({}, { AWS_CA_BUNDLE: caBundle }), []);
  const log = join(folder, 'daypass.log');
  assert.deepEqual(faultsOf({ log }), []);
  for (const other of [`${log} # eol`, `${folder}/day\u2013pass.log`, `${folder}\u200b/daypass.log`])
    assert.match(faultsOf({ log: other }).join(), /must be without/, other);
});

test('a quotation mark at the end of a query may close one within it', () => {
  const authorizeParams = 'prompt=consent&claims="x"';
  assert.deepEqual(faultsOf({ authorizeParams }), []);
  assert.match(faultsOf({ authorizeParams: 'prompt=consent"' }).join(), /the quotation mark "/);
});
