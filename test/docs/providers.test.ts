// Compares docs/providers/ with what daypass reads, writes and registers.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { federatedPrincipal } from '../../src/aws/identity-provider.ts';
import { trustStatement } from '../../src/aws/trust-policy.ts';
import { readAwsConfigFile } from '../../src/aws-config/config-file.ts';
import { completeDraft, profileKeys } from '../../src/configure/profile-keys.ts';
import { redirectAddresses, registration } from '../../src/configure/registration.ts';
import { knownProvider } from '../../src/oidc/known-providers.ts';
import { parseArguments } from '../../src/settings/arguments.ts';
import { type SettingName, spellings } from '../../src/settings/setting-table.ts';
import { loadSettings } from '../../src/settings/settings.ts';
import { givenByName } from '../../src/settings/sources.ts';
import { fencedBlocks, pagePaths, readPage, shownCommands } from '../support/pages.ts';
import { filled, type ProviderData, providerData } from '../support/provider-data.ts';

const folder = 'docs/providers/';
const other = 'other';
const names = pagePaths().flatMap((path) => (path.startsWith(folder) ? path.slice(folder.length, -3) : []));
const data = providerData();
const home = mkdtempSync(join(tmpdir(), 'daypass-pages-'));
after(() => rmSync(home, { recursive: true }));

const headings = [
  'Tested',
  'Register',
  'Redirect address',
  'Scopes',
  'Profile',
  'Refresh tokens',
  'IAM',
  'Quirks',
];

/** Returns the text of a section. */
function section(page: string, heading: string): string {
  return new RegExp(`^## ${heading}\n(.*?)(?=^## |$(?![^]))`, 'ms').exec(page)?.[1] ?? '';
}

/** Returns the settings that daypass reads from a section of the config file. Throws with all its faults. */
function settingsOf(config: string) {
  const path = join(home, 'config');
  writeFileSync(path, config);
  return loadSettings({ flags: new Map([['profile', 'developer']]), env: { AWS_CONFIG_FILE: path }, home });
}

/** Returns the metadata of a provider of the tests, in the first way in which it is addressed. */
function metadataOf({ discovery, variants }: ProviderData) {
  return filled(discovery, Object.values(variants)[0] ?? {});
}

test('there is a page for each provider that daypass recognises, or a row in that of the others', () => {
  for (const [file, { name }] of data) {
    if (names.includes(file) || file === 'cognito-rotation') continue;
    assert.match(readPage(`${folder}${other}.md`), new RegExp(`^\\| ${name} `, 'm'), name);
  }
  assert.deepEqual(
    names.filter((name) => name !== other && !data.has(name)),
    [],
  );
});

test('README.md links each page', () => {
  const readme = readPage('README.md');
  for (const name of names) assert.ok(readme.includes(`](${folder}${name}.md)`), name);
});

for (const name of names) {
  const page = readPage(`${folder}${name}.md`);
  const known = data.get(name);
  const metadata = known && metadataOf(known);

  test(`${name}.md has the sections of every page, in at most 90 lines`, () => {
    assert.deepEqual(
      [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading),
      headings,
    );
    assert.ok(page.split('\n').length <= 91, 'too long');
    // Without tables and the addresses of links.
    const texts = page
      .replace(/^\|.*$/gm, '')
      .replace(/\]\([^)]*\)/g, ']')
      .split('\n');
    for (const text of texts) assert.ok(text.length <= 120, text);
  });

  test(`daypass reads the profile of ${name}.md, and \`configure\` writes it from the command that is shown`, () => {
    const [config = '', ...more] = fencedBlocks(page, 'ini');
    assert.deepEqual(more, []);
    const settings = settingsOf(config);
    const [words] = shownCommands(page).filter((command) => command[0] === 'configure' && command.length > 1);
    const { flags } = parseArguments(words ?? assert.fail('shows no `daypass configure`'));
    const values = givenByName(flags);
    // Only a question takes a secret.
    if (settings.clientSecret) values.set('clientSecret', settings.clientSecret);
    const empty = readAwsConfigFile({ env: { AWS_CONFIG_FILE: join(home, 'none') }, home });
    const completed = completeDraft({ profile: 'developer', values, metadata }, { env: {}, home }, empty);
    assert.equal(completed.provider?.name, known?.name);
    const keys = profileKeys(completed.draft, '/usr/local/bin/daypass --profile developer');
    const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
    assert.deepEqual(config.trimEnd().split('\n'), ['[profile developer]', ...lines]);
  });

  test(`${name}.md says to register the redirect address that daypass sends`, () => {
    const { issuer, clientId, redirectHost, redirectPorts } = settingsOf(fencedBlocks(page, 'ini').join(''));
    const provider = knownProvider(issuer, metadata);
    const find = (setting: string) =>
      ({ redirectHost, redirectPort: redirectPorts.join() || undefined })[setting];
    const { copy } = registration(provider, redirectAddresses(provider, find));
    const [block = ''] = fencedBlocks(section(page, 'Redirect address'), 'text');
    assert.deepEqual(block.split('\n').filter(Boolean), copy, clientId);
  });

  test(`${name}.md has the names that IAM needs`, () => {
    const settings = settingsOf(fencedBlocks(page, 'ini').join(''));
    const iam = section(page, 'IAM');
    const actions = ['sts:AssumeRoleWithWebIdentity'];
    const { Condition } = trustStatement(settings, { audience: settings.clientId, sub: 's', actions }) as {
      Condition: { StringEquals: object };
    };
    for (const key of Object.keys(Condition.StringEquals)) assert.ok(iam.includes(`\`${key}\``), key);
    const principal = federatedPrincipal(settings);
    assert.ok(iam.includes(`\`${principal}\``), principal);
    assert.ok(shownCommands(iam).some(([command]) => command === 'trust-policy'));
  });

  test(`${name}.md says how it was tested`, () => {
    assert.match(section(page, 'Tested'), /docs\/threats|threats\.md/);
    assert.match(section(page, 'Tested'), /[Nn]ot yet run/);
  });
}

test('the table of other providers has the address and the settings that `configure` gives', () => {
  const rows = [
    ...readPage(`${folder}${other}.md`).matchAll(/^\| (\w+) +\| `(http[^`]*)` +\| ([^|]*?) +\|/gm),
  ];
  assert.equal(rows.length, 5);
  for (const [, name = '', address = '', settings = ''] of rows) {
    const found = [...data.values()].find((each) => each.name === name) ?? assert.fail(name);
    const provider = knownProvider(Object.values(found.variants)[0]?.issuer ?? '', metadataOf(found));
    const addresses = redirectAddresses(provider, () => undefined);
    assert.deepEqual(addresses, [address], name);
    const keys = Object.entries(provider?.settings ?? {}).map(
      ([setting, value]) => `\`${spellings(setting as SettingName).key} = ${value}\``,
    );
    assert.equal(settings, keys.join(', ') || '–', name);
  }
});
