// What IAM has to trust: printed for the token at hand, and proven by an STS that judges trust policies.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { openStageFor } from './support/logging-stage.ts';
import { roleArn, type Stage, signInProgram } from './support/stage.ts';

interface Documents {
  openIdConnectProvider: { Url: string; ClientIDList: string[] };
  trustPolicy: {
    Statement: [{ Action: string | string[]; Condition: { StringEquals: Record<string, string> } }];
  };
}

const keys = { daypass_browser: signInProgram };

async function printed(stage: Stage, ...args: string[]): Promise<Documents> {
  const { code, stdout, stderr } = await stage.daypass(['trust-policy', '--json', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout);
}

/** Puts the printed documents where an administrator would. */
function apply(
  { openIdConnectProvider: { Url, ClientIDList }, trustPolicy }: Documents,
  { trust, provider }: Stage,
): void {
  trust.splice(0, trust.length, {
    roleArn,
    issuer: Url,
    jwksUri: provider.jwksUri,
    audience: ClientIDList[0] ?? '',
    policy: trustPolicy,
  });
}

const faults: [what: string, spoil: (stage: Stage) => void, text: RegExp][] = [
  [
    'no identity provider in the account',
    ({ trust }) => void trust.splice(0),
    /hint: create an IAM identity provider for exactly http/,
  ],
  [
    'an identity provider that differs by a slash',
    ({ trust, provider }) => void Object.assign(trust[0] ?? {}, { issuer: `${provider.issuer}/` }),
    /No OpenIDConnect provider found/,
  ],
  [
    'another client id',
    ({ trust }) => void Object.assign(trust[0] ?? {}, { audience: 'another' }),
    /hint: add the client id daypass-test to the IAM identity provider/,
  ],
  [
    'another role',
    ({ trust }) => void Object.assign(trust[0] ?? {}, { roleArn: `${roleArn}Other` }),
    /there is no such role, or it does not trust/,
  ],
  [
    'another user',
    ({ trust }) => void Object.assign(trust[0] ?? {}, { subject: 'grace' }),
    /aud=daypass-test sub=ada/,
  ],
  [
    'a policy for another audience',
    (stage) =>
      spoilPolicy(stage, (policy) =>
        Object.assign(policy.Condition.StringEquals, { [`${name(stage)}:aud`]: 'x' }),
      ),
    /aud=daypass-test sub=ada/,
  ],
  [
    'a policy with the scheme in its condition keys',
    (stage) =>
      spoilPolicy(stage, (policy) =>
        Object.assign(policy.Condition.StringEquals, { [`${stage.provider.issuer}:aud`]: 'daypass-test' }),
      ),
    /iss=http:\/\/127/,
  ],
  [
    'a policy that allows AssumeRole alone',
    (stage) => spoilPolicy(stage, (policy) => Object.assign(policy, { Action: 'sts:AssumeRole' })),
    /must allow sts:AssumeRoleWithWebIdentity: this token/,
  ],
];

function name({ provider }: Stage): string {
  return provider.issuer.replace('http://', '');
}

function spoilPolicy(
  stage: Stage,
  change: (statement: Documents['trustPolicy']['Statement'][0]) => void,
): void {
  const [, , , , account] = roleArn.split(':');
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${name(stage)}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${name(stage)}:aud`]: 'daypass-test' } },
  };
  change(statement);
  Object.assign(stage.trust[0] ?? {}, { policy: { Version: '2012-10-17', Statement: [statement] } });
}

for (const [what, spoil, text] of faults) {
  test(`${what}: the error says it, and what trust-policy prints mends it`, async (t) => {
    const stage = await openStageFor(t, { keys });
    spoil(stage);
    const refused = await stage.daypass();
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, text);
    assert.match(refused.stderr, /daypass trust-policy --profile developer$/m);
    apply(await printed(stage), stage);
    const { code, stderr } = await stage.daypass(['login']);
    assert.equal(code, 0, stderr);
  });
}

test('the policy names the user who signed in, and nobody else gets in by it', async (t) => {
  const stage = await openStageFor(t, { keys });
  assert.equal((await stage.daypass()).code, 0);
  const { trustPolicy } = await printed(stage);
  assert.deepEqual(trustPolicy.Statement[0].Condition.StringEquals, {
    [`${name(stage)}:aud`]: 'daypass-test',
    [`${name(stage)}:sub`]: 'ada',
  });
  const open = await printed(stage, '--any-user');
  assert.deepEqual(Object.keys(open.trustPolicy.Statement[0].Condition.StringEquals), [`${name(stage)}:aud`]);
});

test('tags and a source identity in the token get the actions that they need', async (t) => {
  const stage = await openStageFor(t, {
    keys,
    moreClaims: {
      'https://aws.amazon.com/tags': { principal_tags: { Team: ['x'] }, transitive_tag_keys: ['Team'] },
      'https://aws.amazon.com/source_identity': 'ada',
    },
  });
  spoilPolicy(stage, () => {});
  const refused = await stage.daypass();
  assert.equal(refused.code, 77);
  assert.match(
    refused.stderr,
    /must allow sts:AssumeRoleWithWebIdentity, and sts:TagSession and sts:SetSourceIdentity/,
  );
  const documents = await printed(stage);
  assert.deepEqual(documents.trustPolicy.Statement[0].Action, [
    'sts:AssumeRoleWithWebIdentity',
    'sts:TagSession',
    'sts:SetSourceIdentity',
  ]);
  apply(documents, stage);
  assert.equal((await stage.daypass(['login'])).code, 0);
});

test('the commands are ones that a shell reads as they are meant', async (t) => {
  const stage = await openStageFor(t, {
    keys: { ...keys, daypass_client_id: "o'client$(x)", daypass_duration: '7200' },
  });
  const { stdout, code } = await stage.daypass(['trust-policy']);
  assert.equal(code, 0);
  const aws = 'aws() { for word in "$@"; do printf "%s\\0" "$word"; done; printf "\\n"; }\n';
  const calls = execFileSync('bash', ['-euc', `${aws}${stdout}`], { encoding: 'utf8' })
    .split('\0\n')
    .filter(Boolean)
    .map((line) => line.split('\0'));
  const { openIdConnectProvider, trustPolicy } = await printed(stage);
  assert.deepEqual(calls[0]?.slice(2), [
    '--url',
    openIdConnectProvider.Url,
    '--client-id-list',
    "o'client$(x)",
  ]);
  assert.deepEqual(JSON.parse(calls[1]?.at(-1) ?? ''), trustPolicy);
  assert.deepEqual(calls[2], [
    'iam',
    'update-role',
    '--role-name',
    'DeveloperAccess',
    '--max-session-duration',
    '7200',
  ]);
});
