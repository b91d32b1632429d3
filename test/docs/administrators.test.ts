// Compares docs/administrators.md and docs/recipes.md with the code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleSite } from '../../src/aws/console.ts';
import { federatedPrincipal } from '../../src/aws/identity-provider.ts';
import { stsEndpoint } from '../../src/aws/sts-endpoint.ts';
import { trustPolicy, trustStatement } from '../../src/aws/trust-policy.ts';
import { awsPartition } from '../../src/settings/aws-partition.ts';
import { parseBrowser } from '../../src/settings/parse-values.ts';
import { settingTable } from '../../src/settings/setting-table.ts';
import { parseTeamFile, type TeamFile } from '../../src/team/team-file.ts';
import { foreignKeyFault, teamKeys } from '../../src/team/team-keys.ts';
import { Call, type HclBlock, type HclValue, parseHcl, Reference } from '../support/hcl.ts';
import { fencedBlocks, readPage } from '../support/pages.ts';

const page = readPage('docs/administrators.md');
const recipes = readPage('docs/recipes.md');
const [module = [], root = [], ...more] = fencedBlocks(page, 'hcl').map(parseHcl);
const role = {
  issuer: 'https://login.example.com',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
};

function block(blocks: readonly HclBlock[], ...names: string[]): HclBlock {
  const found = blocks.filter(({ type, labels }) => [type, ...labels].join() === names.join());
  assert.equal(found.length, 1, names.join(' '));
  return found[0] as HclBlock;
}

/** Returns a value with the references in it replaced. */
function evaluated(value: HclValue | undefined, variables: Readonly<Record<string, unknown>>): unknown {
  if (value instanceof Reference) {
    assert.ok(Object.hasOwn(variables, value.path), `nothing declares ${value.path}`);
    return variables[value.path];
  }
  if (value instanceof Call) {
    assert.equal(value.name, 'jsonencode');
    return JSON.stringify(evaluated(value.args[0], variables));
  }
  if (Array.isArray(value)) return value.map((each) => evaluated(each, variables));
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, evaluated(each, variables)]));
}

test("a team's file in both forms is the same file, and the tables name its keys", () => {
  const [ini = '', ...others] = fencedBlocks(page, 'ini').filter((text) => text.includes('acme'));
  const [json = '', ...further] = fencedBlocks(page, 'json').filter((text) => text.includes('"profiles"'));
  assert.deepEqual([...others, ...further], []);
  const [first, second] = [ini, json].map((text) => parseTeamFile(Buffer.from(text), 'team.conf'));
  const plain = ({ comment, profiles }: TeamFile) => [
    comment,
    profiles.map(({ name, keys }) => [name, keys]),
  ];
  assert.deepEqual(plain(first as TeamFile), plain(second as TeamFile));
  const start = page.indexOf("A team's file can contain these keys");
  const [allowed = '', refused = ''] = page
    .slice(start, page.indexOf('### Roll out and update'))
    .split('| refused key');
  const keysIn = (table: string) =>
    [...table.matchAll(/^\|([^|]*)\|/gm)].flatMap(([, cell = '']) => cell.match(/(?<=`)\w+(?=`)/g) ?? []);
  assert.deepEqual(keysIn(allowed).sort(), [...teamKeys].sort());
  assert.ok(keysIn(refused).length > 10);
  for (const key of keysIn(refused)) assert.match(foreignKeyFault(key), /: it /, key);
});

test('the module for Terraform creates what `daypass trust-policy` prints', () => {
  assert.equal(more.length, 0);
  const { issuer, client_id: clientId } = block(module, 'locals').attributes;
  assert.equal(issuer, role.issuer);
  block(module, 'variable', 'subjects');
  const login = block(module, 'resource', 'aws_iam_openid_connect_provider', 'login');
  const developer = block(module, 'resource', 'aws_iam_role', 'developer');
  const { policy_arn: policyArn, ...attachment } = block(
    module,
    'resource',
    'aws_iam_role_policy_attachment',
    'developer',
  ).attributes;
  const variables = {
    'local.issuer': issuer,
    'local.client_id': clientId,
    'var.subjects': ['ada', 'bob'],
    'aws_iam_openid_connect_provider.login.arn': federatedPrincipal(role),
    'aws_iam_role.developer.name': developer.attributes.name,
  };
  assert.deepEqual(evaluated({ ...login.attributes }, variables), {
    url: issuer,
    client_id_list: [clientId],
  });
  const { assume_role_policy: policy, ...others } = developer.attributes;
  const actions = ['sts:AssumeRoleWithWebIdentity'];
  const expected = JSON.stringify(
    trustPolicy([trustStatement(role, { audience: String(clientId), sub: 'ada', actions })]),
  );
  assert.deepEqual(
    JSON.parse(String(evaluated(policy, variables))),
    JSON.parse(expected.replace('"ada"', '["ada","bob"]')),
  );
  assert.deepEqual(others, {
    name: 'DeveloperAccess',
    max_session_duration: settingTable.duration.fallback,
  });
  assert.deepEqual(evaluated({ ...attachment }, variables), { role: 'DeveloperAccess' });
  assert.match(String(policyArn), /^arn:aws:iam::aws:policy\/\w+$/);
});

test('the call of the module gives each of its variables, and a provider that exists', () => {
  const { source: _, providers, ...given } = block(root, 'module', 'daypass_research').attributes;
  const declared = module.filter(({ type }) => type === 'variable').flatMap(({ labels }) => labels);
  assert.deepEqual(Object.keys(given), declared);
  const { alias } = block(root, 'provider', 'aws').attributes;
  assert.deepEqual(evaluated(providers, { [`aws.${alias}`]: 'there' }), { aws: 'there' });
});

for (const [text, fault] of [
  ['a "b" {\n  c = 1\n', /line 3: unexpected the end/],
  ['a "b" {\n  c = [1 2]\n}\n', /line 2: , is missing before 2/],
  ['a {\n  c = 1 d = 2\n}\n', /line 2: unexpected d/],
  ['a {\n  c = "x\n}\n', /line 2: unexpected/],
  ['a {\n  c = { d = 1\n  d = 2 }\n}\n', /line 3: d occurs twice/],
  [`a {\n  c = "\${d}"\n}\n`, /line 2: this reader knows no template/],
  ['c = 1\n', /c is in no block/],
] as const) {
  test(`the reader of HCL rejects ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseHcl(text), fault);
  });
}

test('the documents of IAM are JSON', () => {
  const documents = [...page.matchAll(/-document '(\{.*?\})'/gs)].map(([, text = '']) => JSON.parse(text));
  assert.deepEqual(
    documents.map(({ Version }) => Version),
    ['2012-10-17'],
  );
});

test('the hosts to allow are those that daypass asks', () => {
  const hosts = (id: string, region: string) => {
    const { federation, console } = consoleSite(awsPartition(id) ?? assert.fail(id)) ?? assert.fail(id);
    const sts = stsEndpoint({ region, roleArn: `arn:${id}:iam::123456789012:role/R` });
    return [sts.replace('https://', ''), federation, `${region}.${console}`];
  };
  for (const host of hosts('aws', 'us-east-1'))
    assert.match(page, new RegExp(`^\\| \`${host.replace('us-east-1', 'REGION')}\` `, 'm'), host);
  const rows = [...page.matchAll(/^\| `(aws-[\w-]+)` +\| `([^`]*)` +\| `([^`]*)`, `([^`]*)` +\|$/gm)];
  assert.equal(rows.length, 3);
  for (const [, id = '', ...shown] of rows)
    assert.deepEqual(shown, hosts(id, shown[0]?.split('.')[1] ?? ''), id);
  const usual = { roleArn: role.roleArn };
  const fips = stsEndpoint({ ...usual, region: 'us-east-1', useFipsEndpoint: true });
  const dualStack = stsEndpoint({ ...usual, region: 'eu-west-1', useDualstackEndpoint: true });
  for (const url of [fips, dualStack]) assert.ok(page.includes(`\`${url.replace('https://', '')}\``), url);
});

test('daypass splits each browser of the recipes into a program and its arguments', () => {
  const values = [...recipes.matchAll(/^daypass_browser = (.*)$/gm)].map(([, value = '']) => value);
  assert.deepEqual(
    values.map((value) => parseBrowser(value, { env: {}, home: '/home/ada' })),
    [
      ['google-chrome', '--profile-directory=Profile 1'],
      ['open', '-na', 'Google Chrome', '--args', '--profile-directory=Profile 1'],
      ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', '--profile-directory=Profile 1'],
      ['C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe', '--profile-directory=Profile 1'],
      ['firefox', '-P', 'work'],
      ['/home/ada/.local/bin/firefox-work'],
    ],
  );
});

test('the section of Nix has the keys of a profile that daypass reads', () => {
  const [nix = ''] = fencedBlocks(recipes, 'nix');
  const keys = [...nix.matchAll(/^ {4}(\w+) = "[^"]*";$/gm)].map(([, key]) => key);
  const profile = fencedBlocks(recipes, 'ini').find((text) => text.startsWith('[profile developer]')) ?? '';
  const [first = ''] = profile.split('\n\n');
  assert.deepEqual(
    keys,
    [...first.matchAll(/^(\w+) = /gm)].map(([, key]) => key),
  );
});

test('the settings of Claude Code are JSON with the commands of the help', () => {
  const [settings = ''] = fencedBlocks(recipes, 'json');
  const { awsAuthRefresh, awsCredentialExport, env } = JSON.parse(settings);
  assert.equal(awsAuthRefresh, 'daypass login developer');
  assert.equal(awsCredentialExport, 'daypass env developer --format claude-code');
  assert.deepEqual(env, { CLAUDE_CODE_USE_BEDROCK: '1', AWS_REGION: 'eu-west-1' });
});
