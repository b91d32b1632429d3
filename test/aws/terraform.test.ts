// The format `terraform`, applied by Terraform itself with a provider whose resources are in local IAMs.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AccountTrust, accountTrusts, type ProfileTrust } from '../../src/aws/account-trust.ts';
import { terraformFile } from '../../src/aws/terraform.ts';
import { trustDocuments } from '../../src/aws/trust-documents.ts';
import { type LocalIam, startLocalIam, type TrustPolicy } from '../support/local-iam.ts';
import { type Random, randomFrom, seed } from '../support/random.ts';
import { startAwsProvider } from '../support/terraform/aws-provider.ts';
import { openTerraform } from '../support/terraform/terraform.ts';

const accounts = ['123456789012', '210987654321', '000000000003'];
const actions = ['sts:AssumeRoleWithWebIdentity'];

function profile(
  roleArn: string,
  issuer: string,
  trusted: Partial<ProfileTrust['trusted']> = {},
): ProfileTrust {
  return {
    settings: { profile: 'p', issuer, roleArn, duration: 3600 },
    trusted: { audience: 'c', sub: 'ada', actions, ...trusted },
    name: 'ada',
  };
}

/** Opens a folder for Terraform, and an empty IAM for each account. */
async function openAccounts(t: TestContext) {
  const iams = new Map<string, LocalIam>();
  t.after(() => {
    for (const iam of iams.values()) iam.stop();
  });
  for (const account of accounts)
    iams.set(account, await startLocalIam(account, 'http://127.0.0.1/keys', []));
  const provider = await startAwsProvider(iams);
  const terraform = openTerraform(provider);
  t.after(() => {
    terraform.remove();
    provider.stop();
  });
  const apply = async (text: string, code = 0) => {
    terraform.write(text);
    const applied = await terraform.apply();
    assert.equal(applied.code, code, applied.output);
    return applied.output;
  };
  return { iams, terraform, apply };
}

/** Asserts that the IAM of each account has exactly what the documents of the format `json` say. */
function assertAsDocuments(trusts: readonly AccountTrust[], iams: ReadonlyMap<string, LocalIam>): void {
  const { accounts } = JSON.parse(JSON.stringify(trustDocuments(trusts))) as {
    accounts: {
      account: string;
      openIdConnectProviders: { Url: string; ClientIDList: string[] }[];
      roles: { roleArn: string; maxSessionDuration?: number; trustPolicy: TrustPolicy }[];
    }[];
  };
  for (const [account, iam] of iams) {
    const { openIdConnectProviders = [], roles = [] } =
      accounts.find((each) => each.account === account) ?? {};
    assert.deepEqual(
      new Map([...iam.providers].map(([url, ids]) => [url, new Set(ids)])),
      new Map(openIdConnectProviders.map(({ Url, ClientIDList }) => [Url, new Set(ClientIDList)])),
    );
    assert.deepEqual(
      new Map(
        [...iam.roles].map(([name, { path, maxSessionDuration, policy }]) => [
          `arn:aws:iam::${account}:role${path}${name}`,
          { maxSessionDuration, policy },
        ]),
      ),
      new Map(
        roles.map(({ roleArn, maxSessionDuration = 3600, trustPolicy: policy }) => [
          roleArn,
          { maxSessionDuration, policy },
        ]),
      ),
    );
  }
}

/** Pieces that mean something to Terraform, to JSON or to IAM. */
const pieces = [
  '${',
  '$${',
  '%{',
  '%%{',
  '}',
  '{',
  '"',
  '\\',
  '\\n',
  '\\u0041',
  '$',
  '%',
  '~',
  '#',
  '//',
  '/*',
  "'",
  '<',
  '&',
];
const blank = [' ', '  ', '<<EOT', 'if true', 'var.x'];

function hostileText(random: Random, from: readonly string[]): string {
  return Array.from({ length: 1 + random.whole(8) }, () => random.pick(from)).join('');
}

function hostileProfile(random: Random, index: number): ProfileTrust {
  const name = `${random.pick(['', 'Dev', '-', '=', '1', 'a.b', '@', 'Ünicode'.slice(1)])}${random.pick(['+', ',', '_', ''])}r${index >> 1}`;
  const path = random.pick(['', `${hostileText(random, pieces)}/`, 'a/b/']);
  const issuer = random.pick([
    'https://idp.example',
    'https://idp.example/',
    'https://x.example/%7B/!*',
    'https://1.example',
  ]);
  // Two profiles have one role, and so one path.
  const roleArn = `arn:aws:iam::${accounts[(index >> 1) % accounts.length]}:role/${path}${name}`;
  return {
    ...profile(roleArn, issuer, {
      audience: hostileText(random, pieces),
      sub: random.pick([undefined, hostileText(random, [...pieces, ...blank]), 'x'.repeat(255)]),
      actions: random.pick([actions, [...actions, 'sts:TagSession', 'sts:SetSourceIdentity']]),
    }),
    name: hostileText(random, [...pieces, ...blank, '\n', '\u2028', 'é']),
  };
}

test(`Terraform reads from hostile names what the JSON says (seed ${seed})`, async (t) => {
  const random = randomFrom(seed);
  const { iams, terraform, apply } = await openAccounts(t);
  const profiles = Array.from({ length: 40 }, (_, index) => hostileProfile(random, index));
  const byRole = profiles.map((each, index) => {
    const { roleArn } = profiles[index & ~1]?.settings ?? each.settings;
    return { ...each, settings: { ...each.settings, roleArn, duration: random.pick([3600, 7200, 43200]) } };
  });
  const trusts = accountTrusts(byRole);
  const text = terraformFile(trusts);
  // A comment may name a user in any script.
  assert.match(text, /^((#[\x20-\x7e\p{L}\p{N}]*|[\x20-\x7e]*)\n)*$/u);
  terraform.write(text);
  assert.equal(await terraform.format(), text);
  await apply(text);
  assertAsDocuments(trusts, iams);
  assert.match(await apply(text), /^No changes\./m);
});

/** Removes the # before each import block, as the comment says. */
function withImports(text: string): string {
  return text.replace(/^# import \{\n(# .*\n)+/gm, (block) => block.replaceAll(/^# /gm, ''));
}

const issuer = 'https://idp.example';
const existing = accountTrusts(
  accounts.map((account) => profile(`arn:aws:iam::${account}:role/teams/Dev`, issuer, { audience: account })),
);

/** Opens accounts that have the identity provider and the role already. */
async function openUsedAccounts(t: TestContext) {
  const opened = await openAccounts(t);
  const role = { path: '/teams/', policy: { Version: '2012-10-17', Statement: [] } };
  for (const iam of opened.iams.values()) iam.begin({ [issuer]: ['another'] }, { Dev: role });
  return opened;
}

test('Terraform creates nothing in place of what exists', async (t) => {
  const { apply } = await openUsedAccounts(t);
  assert.match(await apply(terraformFile(existing), 1), /EntityAlreadyExists/);
});

test('with its import blocks Terraform takes over what exists, and the plan shows what others lose', async (t) => {
  const { iams, apply } = await openUsedAccounts(t);
  const output = await apply(withImports(terraformFile(existing)));
  assert.match(output, /Plan: 6 to import, 0 to add, 6 to change, 0 to destroy\./);
  assert.match(output, /- "another"/);
  assertAsDocuments(existing, iams);
});

test('roles with similar names are resources of their own, and one account needs no alias', async (t) => {
  const { iams, apply } = await openAccounts(t);
  const trusts = accountTrusts(
    ['Dev.Ops', 'Dev+Ops', 'dev_ops', 'dev_ops_2', '1', '='].map((name) =>
      profile(`arn:aws:iam::${accounts[0]}:role/${name}`, 'https://accounts.google.com'),
    ),
  );
  const text = terraformFile(trusts);
  assert.doesNotMatch(text, /alias|provider = |openid_connect/);
  assert.deepEqual(
    [...text.matchAll(/^resource "aws_iam_role" "(.*)" /gm)].map(([, name]) => name),
    ['dev_ops', 'dev_ops_2', 'dev_ops_3', 'dev_ops_2_2', '_1', '_'],
  );
  await apply(text);
  assertAsDocuments(trusts, iams);
});
