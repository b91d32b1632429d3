// The formats of `trust-policy` for several profiles: each result is used by the program that it is for, and then a
// local STS judges the tokens.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { type LocalIam, startLocalIam } from '../support/local-iam.ts';
import type { Stage } from '../support/stage.ts';
import { openStageOfMany } from '../support/stage-of-many.ts';
import { startAwsProvider } from '../support/terraform/aws-provider.ts';
import { openTerraform } from '../support/terraform/terraform.ts';

const accounts = ['123456789012', '210987654321'] as const;

/** Opens two empty accounts, in which developer and auditor have a role each, and signs in once. */
async function openAccounts(t: TestContext): Promise<[Stage, Map<string, LocalIam>]> {
  const stage = await openStageOfMany(t);
  const iams = new Map<string, LocalIam>();
  t.after(() => {
    for (const iam of iams.values()) iam.stop();
  });
  for (const account of accounts)
    iams.set(account, await startLocalIam(account, stage.provider.jwksUri, stage.trust));
  const refused = await stage.sandbox.run(['login', 'developer']);
  assert.equal(refused.code, 69, refused.stderr);
  return [stage, iams];
}

async function print(stage: Stage, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await stage.sandbox.run(['trust-policy', ...words]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

async function assertTrusted({ sandbox }: Stage): Promise<void> {
  for (const profile of ['developer', 'auditor']) {
    const { code, stderr } = await sandbox.run(['login', profile]);
    assert.deepEqual([code, stderr], [0, ''], profile);
  }
}

test('a script for two accounts, pasted in each, changes that account alone', async (t) => {
  const [stage, iams] = await openAccounts(t);
  const script = await print(stage, 'developer', 'auditor');
  const [here, there] = accounts.map((account) => iams.get(account) as LocalIam);
  assert.deepEqual(await here?.paste(script), { code: 0, stderr: '' });
  assert.deepEqual([here?.roles.size, there?.roles.size], [1, 0]);
  assert.deepEqual(await there?.paste(script), { code: 0, stderr: '' });
  assert.deepEqual(
    [[...(here?.roles.keys() ?? [])], [...(there?.roles.keys() ?? [])]],
    [['DeveloperAccess'], ['Audit']],
  );
  // By default zsh runs the words after a # as a command.
  for (const comment of script.match(/^#.*$/gm) ?? []) assert.doesNotMatch(comment, /['"`$;&|<>()]/);
  const { accounts: documents } = JSON.parse(await print(stage, 'developer', 'auditor', '--json'));
  for (const { account, roles } of documents)
    assert.deepEqual([...(iams.get(account)?.roles.values() ?? [])][0]?.policy, roles[0].trustPolicy);
  await assertTrusted(stage);
});

test('Terraform creates from the file what lets both profiles in', async (t) => {
  const [stage, iams] = await openAccounts(t);
  const provider = await startAwsProvider(iams);
  const terraform = openTerraform(provider);
  t.after(() => {
    terraform.remove();
    provider.stop();
  });
  terraform.write(await print(stage, '--profile', 'developer', 'auditor', '--format', 'terraform'));
  const { code, output } = await terraform.apply();
  assert.equal(code, 0, output);
  const { accounts: documents } = JSON.parse(await print(stage, 'developer', 'auditor', '--format', 'json'));
  for (const { account, roles } of documents)
    assert.deepEqual([...(iams.get(account)?.roles.values() ?? [])][0]?.policy, roles[0].trustPolicy);
  await assertTrusted(stage);
});

test('two profiles of one role get one policy, also if it is pasted twice', async (t) => {
  const [stage, iams] = await openAccounts(t);
  const [iam] = iams.values();
  stage.sandbox.writeConfig(`${stage.config()}
[profile second]
daypass_source_profile = developer
daypass_client_id = another
daypass_duration = 7200
`);
  const script = await print(stage, 'developer', 'second', 'developer', '--any-user');
  for (const round of [1, 2]) assert.equal((await iam?.paste(script))?.code, 0, `round ${round}`);
  assert.deepEqual(iam?.providers.get(stage.provider.issuer), ['daypass-test', 'another']);
  assert.deepEqual([...(iam?.roles.keys() ?? [])], ['DeveloperAccess']);
  const role = iam?.roles.get('DeveloperAccess');
  assert.equal(role?.maxSessionDuration, 7200);
  const name = stage.provider.issuer.replace('http://', '');
  assert.deepEqual(
    role?.policy.Statement.map(({ Condition }) => Condition?.StringEquals),
    [{ [`${name}:aud`]: 'daypass-test' }, { [`${name}:aud`]: 'another' }],
  );
  const { code, stderr } = await stage.sandbox.run(['login', 'developer']);
  assert.deepEqual([code, stderr], [0, '']);
});

suite('nothing is printed', () => {
  test('if one profile has a fault, and the error names each profile with its faults', async (t) => {
    const { sandbox } = await openStageOfMany(t);
    for (const [words, code, text] of [
      [
        ['developer', 'broken', 'nosuch'],
        65,
        /^daypass: bad-configuration: profile broken: daypass_issuer is missing.* \(and 2 more\)\ndaypass: bad-configuration: profile nosuch: there is no \[profile nosuch\] in .*\nhint: /,
      ],
      [
        ['developer', 'auditor', 'other'],
        2,
        /^daypass: sign-in-needed: profiles developer, auditor, other: there is no sign-in yet.*\nhint: .*daypass login --profile developer\n$/,
      ],
      [['--all', '--format', 'terraform'], 65, /^daypass: bad-configuration: profile broken: /],
    ] as const) {
      const result = await sandbox.run(['trust-policy', ...words]);
      assert.deepEqual([result.code, result.stdout], [code, ''], result.stderr);
      assert.match(result.stderr, text);
    }
  });

  test('if the words do not fit, and the hint says what does', async (t) => {
    const { sandbox } = await openStageOfMany(t);
    for (const [words, text] of [
      [
        ['developer', '--format', 'terafom'],
        /must be one of cli, terraform, json, not "terafom"\nhint: did you mean terraform\?/,
      ],
      [['developer', '--format', 'cli', '--json'], /--json is --format json/],
      [['developer', '--all'], /--all is every profile/],
      [['--profile', 'developer', '--all'], /--all is every profile/],
      [['developer', '--profile', 'a', '--profile', 'b'], /--profile occurs twice/],
      [[], /several profiles use daypass: .*\nhint: for the policies of all, add --all; or choose one/],
      [['--format', 'json'], /several profiles use daypass/],
    ] as const) {
      const result = await sandbox.run(['trust-policy', ...words]);
      assert.deepEqual([result.code, result.stdout], [64, ''], result.stderr);
      assert.match(result.stderr, text);
    }
  });
});

test('--all is every profile that uses daypass', async (t) => {
  const { sandbox, config, ...stage } = await openStageOfMany(t);
  sandbox.writeConfig(`${config()}
[profile auditor]
daypass_source_profile = developer
daypass_role_arn = arn:aws:iam::210987654321:role/Audit
[profile only-a-source]
daypass_client_id = x
`);
  const { accounts: documents } = JSON.parse(
    await print({ sandbox, config, ...stage }, '--all', '--any-user', '--json'),
  );
  assert.deepEqual(
    documents.flatMap(({ roles }: { roles: { profiles: string[] }[] }) =>
      roles.flatMap(({ profiles }) => profiles),
    ),
    ['developer', 'auditor'],
  );
});
