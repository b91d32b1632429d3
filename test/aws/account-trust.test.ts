import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { accountTrusts, type ProfileTrust } from '../../src/aws/account-trust.ts';
import { iamScript } from '../../src/aws/iam-script.ts';
import { trustDocuments } from '../../src/aws/trust-documents.ts';
import { allows } from '../support/sts/trust-policy.ts';

const [here, there] = ['123456789012', '210987654321'];
const arn = (name: string, account = here) => `arn:aws:iam::${account}:role/${name}`;

function profile(
  name: string,
  settings: Partial<ProfileTrust['settings']> = {},
  trusted: Partial<ProfileTrust['trusted']> = {},
): ProfileTrust {
  return {
    settings: {
      profile: name,
      issuer: 'https://idp.example',
      roleArn: arn('A'),
      duration: 3600,
      ...settings,
    },
    trusted: { audience: 'c', sub: 'ada', actions: ['sts:AssumeRoleWithWebIdentity'], ...trusted },
    name: 'ada@example.com',
  };
}

test('profiles are grouped by account, and the identity provider is there once with all its audiences', () => {
  const accounts = accountTrusts([
    profile('a'),
    profile('b', { roleArn: arn('B', there) }),
    profile('c', { roleArn: arn('C') }, { audience: 'd' }),
    profile('e', { roleArn: arn('E'), issuer: 'https://idp.example/' }),
    profile('g', { roleArn: arn('G'), issuer: 'https://accounts.google.com' }),
  ]);
  assert.deepEqual(
    accounts.map(({ account, providers, roles }) => ({
      account,
      providers: providers.map(({ issuer, audiences }) => [issuer, ...audiences]),
      roles: roles.map(({ name, profiles }) => [name, ...profiles]),
    })),
    [
      {
        account: here,
        providers: [
          ['https://idp.example', 'c', 'd'],
          ['https://idp.example/', 'c'],
        ],
        roles: [
          ['A', 'a'],
          ['C', 'c'],
          ['E', 'e'],
          ['G', 'g'],
        ],
      },
      { account: there, providers: [['https://idp.example', 'c']], roles: [['B', 'b']] },
    ],
  );
});

suite('profiles with one role', () => {
  const [account] = accountTrusts([
    profile('a'),
    profile('b', { duration: 7200 }, { audience: 'd', sub: 'grace' }),
    profile('c', { duration: 900 }),
  ]);
  const [role] = account?.roles ?? [];

  test('share one policy, which trusts the user of each with the client of each alone', () => {
    assert.equal(account?.roles.length, 1);
    const policy = { Version: '2012-10-17', Statement: role?.statements };
    const [provider = ''] = account?.providers.map((each) => each.arn) ?? [];
    for (const [sub, audience, trusted] of [
      ['ada', 'c', true],
      ['grace', 'd', true],
      ['ada', 'd', false],
      ['grace', 'c', false],
    ] as const)
      assert.equal(allows(policy, provider, { sub }, audience), trusted, `${sub} ${audience}`);
  });

  test('have one statement for the same user and client', () => assert.equal(role?.statements.length, 2));

  test('get the longest session that one of them needs', () => assert.equal(role?.maxSessionDuration, 7200));
});

for (const [what, roleArn] of [
  ['in two paths', arn('teams/A')],
  ['with other capitals', arn('a')],
] as const) {
  test(`a role that is named ${what} is a fault, since IAM has one of that name`, () => {
    assert.throws(() => accountTrusts([profile('a'), profile('b', { roleArn })]), {
      code: 'bad-configuration',
      message: `one role cannot be ${arn('A')} and ${roleArn} (profiles a, b)`,
    });
    assert.equal(
      accountTrusts([profile('a'), profile('b', { roleArn: roleArn.replace(here, there) })]).length,
      2,
    );
  });
}

test('the documents of one role are also fields of their own', () => {
  const documents = (...profiles: ProfileTrust[]) => trustDocuments(accountTrusts(profiles));
  const { openIdConnectProvider, trustPolicy, accounts, ...others } = Object(documents(profile('a')));
  assert.deepEqual(others, {});
  assert.deepEqual(openIdConnectProvider, { Url: 'https://idp.example', ClientIDList: ['c'] });
  assert.deepEqual(accounts, [
    {
      account: here,
      openIdConnectProviders: [openIdConnectProvider],
      roles: [{ roleArn: arn('A'), profiles: ['a'], trustPolicy }],
    },
  ]);
  const google = documents(profile('g', { issuer: 'https://accounts.google.com' }));
  assert.equal(Object(google).openIdConnectProvider, null);
  assert.deepEqual(Object.keys(documents(profile('a'), profile('b', { roleArn: arn('B') }))), ['accounts']);
});

test('the comments name every user of a role once, and no name that a shell would run', () => {
  const named = (name: string, sub: string) => ({ ...profile(name, {}, { sub }), name });
  const script = iamScript(
    accountTrusts([named('ada', '1'), named('$(x)', '2'), named('ada', '3'), named('bob', '4')]),
  );
  assert.match(script, /^# The role A trusts ada, this user and bob only\.$/m);
  const everyone = iamScript(
    accountTrusts([
      { ...profile('a', {}, { sub: undefined }), name: undefined },
      { ...profile('b', {}, { sub: undefined, audience: 'd' }), name: undefined },
    ]),
  );
  assert.match(everyone, /^# The role A trusts every user who can sign in to these clients\.$/m);
});
