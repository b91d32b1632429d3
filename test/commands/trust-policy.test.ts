// The trust that IAM needs, in errors and from `trust-policy`: pasted into a shell, then judged by a local
// STS.
import assert from 'node:assert/strict';
import { after, before, suite, type TestContext, test } from 'node:test';
import { signInWithPage, startChromium } from '../support/chromium.ts';
import { type LocalIam, startLocalIam, type TrustPolicy } from '../support/local-iam.ts';
import { openStageFor } from '../support/logging-stage.ts';
import { createSandbox, daypassCommand } from '../support/sandbox.ts';
import { openStage, type Stage, signInProgram } from '../support/stage.ts';
import type { Statement } from '../support/sts/trust-policy.ts';

const account = '123456789012';
const role = 'DeveloperAccess';
const keys = { daypass_browser: signInProgram };

/** The state of IAM in an account. */
interface Account {
  providers: Record<string, string[]>;
  roles: Record<string, { policy: TrustPolicy }>;
}

/** Returns an account in which everything matches the token, except the change. */
function accountOf(
  { provider: { issuer } }: Stage,
  change: (statement: Statement) => object = () => ({}),
): Account {
  const name = issuer.replace('http://', '');
  const statement: Statement = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${name}` },
    Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: { StringEquals: { [`${name}:aud`]: 'daypass-test' } },
  };
  const changed = { ...statement, ...change(statement) };
  return {
    providers: { [issuer]: ['daypass-test'] },
    roles: { [role]: { policy: { Version: '2012-10-17', Statement: [changed] } } },
  };
}

function conditions({ provider }: Stage, of: Record<string, string>): Partial<Statement> {
  const name = provider.issuer.replace('http://', '');
  const named = Object.entries(of).map(([key, value]) => [`${name}:${key}`, value]);
  return { Condition: { StringEquals: Object.fromEntries(named) } };
}

/**
 * Pastes the fragment of an error as an administrator does: into a shell, or into the role's trust policy.
 */
async function pasteFragment(iam: LocalIam, role: string, stderr: string): Promise<void> {
  const [, command, statement] = /^hint: .*?(?:run: (aws .*)|(\{.*\}))$/m.exec(stderr) ?? [];
  assert.ok(command ?? statement, stderr);
  if (command) assert.deepEqual(await iam.paste(command), { code: 0, stderr: '' });
  else iam.addStatement(role, JSON.parse(statement ?? ''));
}

type Fault = [what: string, account: (stage: Stage) => Account, text: RegExp, fragment?: 'none'];

const denied =
  /aws does not let this sign-in assume .*: there is no such role, it does not trust this token, or the account has no identity provider for this issuer\n/i;

const faults: Fault[] = [
  [
    'no identity provider in the account',
    (stage) => ({ ...accountOf(stage), providers: {} }),
    /No OpenIDConnect provider found/,
  ],
  [
    'an identity provider that differs by a slash',
    (stage) => ({ ...accountOf(stage), providers: { [`${stage.provider.issuer}/`]: ['daypass-test'] } }),
    /No OpenIDConnect provider found/,
  ],
  [
    'an identity provider for another client',
    (stage) => ({ ...accountOf(stage), providers: { [stage.provider.issuer]: ['another'] } }),
    /Incorrect token audience\n.*aud=daypass-test\n/,
  ],
  ['no such role', (stage) => ({ ...accountOf(stage), roles: {} }), denied, 'none'],
  [
    'a trust policy for another user',
    (stage) => accountOf(stage, () => conditions(stage, { aud: 'daypass-test', sub: 'grace' })),
    denied,
  ],
  [
    'a trust policy for another audience',
    (stage) => accountOf(stage, () => conditions(stage, { aud: 'another' })),
    denied,
  ],
  [
    'a trust policy with the scheme in its condition keys',
    (stage) =>
      accountOf(stage, () => ({
        Condition: { StringEquals: { [`${stage.provider.issuer}:aud`]: 'daypass-test' } },
      })),
    denied,
  ],
  [
    'a trust policy for another identity provider',
    (stage) =>
      accountOf(stage, ({ Principal }) => ({ Principal: { Federated: `${Principal?.Federated}/tenant` } })),
    denied,
  ],
  [
    'a trust policy that allows AssumeRole alone',
    (stage) => accountOf(stage, () => ({ Action: 'sts:AssumeRole' })),
    denied,
  ],
];

const taggedFaults: Fault[] = [
  [
    'a trust policy without TagSession',
    (stage) =>
      accountOf(stage, () => ({ Action: ['sts:AssumeRoleWithWebIdentity', 'sts:SetSourceIdentity'] })),
    denied,
  ],
  [
    'a trust policy without SetSourceIdentity',
    (stage) => accountOf(stage, () => ({ Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] })),
    denied,
  ],
];

const tags = {
  'https://aws.amazon.com/tags': { principal_tags: { Team: ['x'] }, transitive_tag_keys: ['Team'] },
  'https://aws.amazon.com/source_identity': 'ada',
};

for (const [what, moreClaims, all] of [
  ['a plain token', {}, faults],
  ['a token with tags and a source identity', tags, taggedFaults],
] as const) {
  suite(`${what} that IAM does not trust`, () => {
    let stage: Stage;
    let iam: LocalIam;
    before(async () => {
      stage = await openStage({ keys, moreClaims });
      iam = await startLocalIam(account, stage.provider.jwksUri, stage.trust);
    });
    after(async () => {
      iam?.stop();
      await stage?.close();
    });

    // Each fault has its own role, so that daypass asks STS each time with the ID token of the first sign-in.
    let count = 0;
    const refused = async ([, broken, text]: Fault): Promise<{ role: string; stderr: string }> => {
      count += 1;
      const { providers, roles } = broken(stage);
      iam.begin(providers, Object.fromEntries(Object.values(roles).map((role) => [`Role${count}`, role])));
      stage.sandbox.writeConfig(
        stage.config({ daypass_role_arn: `arn:aws:iam::${account}:role/Role${count}` }),
      );
      const { code, stderr } = await stage.daypass(['login']);
      assert.notEqual(code, 0);
      assert.match(stderr, text);
      return { role: `Role${count}`, stderr };
    };
    const assertFixed = async () => {
      const { code, stderr } = await stage.daypass(['login']);
      assert.deepEqual([code, stderr], [0, '']);
    };

    for (const fault of all) {
      if (fault[3] !== 'none')
        test(`${fault[0]}: the fragment in the error fixes it, and removes nothing from others`, async () => {
          const { role, stderr } = await refused(fault);
          const before = structuredClone(iam.roles.get(role)?.policy.Statement);
          await pasteFragment(iam, role, stderr);
          await assertFixed();
          assert.deepEqual(iam.roles.get(role)?.policy.Statement.slice(0, 1), before);
        });

      test(`${fault[0]}: the commands of trust-policy fix it`, async () => {
        const { stderr } = await refused(fault);
        assert.match(stderr, /daypass trust-policy --profile developer|run: aws iam /);
        const printed = await stage.daypass(['trust-policy']);
        assert.deepEqual([printed.code, printed.stderr], [0, '']);
        const { stderr: complaints } = await iam.paste(printed.stdout);
        assert.doesNotMatch(complaints, /required|what is|Malformed|NoSuch/);
        await assertFixed();
      });
    }
  });
}

async function openIamStage(
  t: TestContext,
  options: Parameters<typeof openStageFor>[1] = {},
): Promise<[Stage, LocalIam]> {
  const stage = await openStageFor(t, { ...options, keys: { ...keys, ...options.keys } });
  const iam = await startLocalIam(account, stage.provider.jwksUri, stage.trust);
  t.after(() => iam.stop());
  return [stage, iam];
}

async function documents(stage: Stage, ...args: string[]) {
  const { code, stdout, stderr } = await stage.daypass(['trust-policy', '--json', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as {
    openIdConnectProvider: { Url: string; ClientIDList: string[] };
    trustPolicy: TrustPolicy;
  };
}

test('in an empty account the commands are sufficient', async (t) => {
  const [stage, iam] = await openIamStage(t, { keys: { daypass_duration: '7200' } });
  const refused = await stage.daypass();
  assert.equal(refused.code, 69);
  await iam.paste((await stage.daypass(['trust-policy'])).stdout);
  assert.deepEqual(
    iam.calls.map(([, command]) => command),
    ['create-open-id-connect-provider', 'create-role', 'update-assume-role-policy', 'update-role'],
  );
  assert.equal(iam.roles.get(role)?.maxSessionDuration, 7200);
  assert.deepEqual(iam.roles.get(role)?.policy, (await documents(stage)).trustPolicy);
  const { code, stderr } = await stage.daypass(['login']);
  assert.equal(code, 0, stderr);
  assert.equal(stage.sts.calls.at(-1)?.durationSeconds, 7200);
});

test('the commands replace only the trust policy, and can be pasted again', async (t) => {
  const [stage, iam] = await openIamStage(t);
  const { issuer } = stage.provider;
  const { roles } = accountOf(stage, () => conditions(stage, { sub: 'grace' }));
  iam.begin({ [issuer]: ['another'] }, roles);
  await stage.daypass();
  const { stdout } = await stage.daypass(['trust-policy']);
  assert.match(stdout, /^# If the role exists, this REPLACES its trust policy/m);
  for (const round of [1, 2]) {
    const { code } = await iam.paste(stdout);
    assert.equal(code, 0, `round ${round}`);
    assert.deepEqual([...new Set(iam.providers.get(issuer))], ['another', 'daypass-test']);
    assert.deepEqual(iam.roles.get(role)?.policy, (await documents(stage)).trustPolicy);
  }
});

test('a role with a path is created under that path', async (t) => {
  const [stage, iam] = await openIamStage(t, {
    keys: { daypass_role_arn: `arn:aws:iam::${account}:role/teams/a/Reader` },
  });
  await iam.paste((await stage.daypass(['trust-policy', '--any-user'])).stdout);
  const [creation, trust] = iam.calls.slice(1);
  assert.deepEqual(creation?.slice(0, 6), [
    'iam',
    'create-role',
    '--role-name',
    'Reader',
    '--path',
    '/teams/a/',
  ]);
  assert.deepEqual(trust?.slice(0, 4), ['iam', 'update-assume-role-policy', '--role-name', 'Reader']);
});

test('the fragment appears wherever the error does: in the AWS CLI, status and doctor', async (t) => {
  const [stage, iam] = await openIamStage(t);
  const { providers, roles } = accountOf(stage, () => conditions(stage, { sub: 'grace' }));
  iam.begin(providers, roles);
  stage.sandbox.writeConfig(`${stage.config()}credential_process = ${daypassCommand} --profile developer\n`);
  const { stderr } = await stage.sandbox.runAws([
    'configure',
    'export-credentials',
    '--profile',
    'developer',
  ]);
  const { trustPolicy } = await documents(stage);
  const fragment = JSON.stringify(trustPolicy.Statement[0]);
  assert.ok(stderr.includes(fragment), stderr);
  for (const command of [[], ['status'], ['doctor']]) {
    const told = await stage.daypass(command);
    assert.ok(`${told.stdout}${told.stderr}`.includes(fragment), `${command}: ${told.stdout}${told.stderr}`);
  }
});

test('the policy trusts the user who signed in, and no other user', async (t) => {
  const stage = await openStageFor(t, { keys });
  assert.equal((await stage.daypass()).code, 0);
  const name = stage.provider.issuer.replace('http://', '');
  const { trustPolicy } = await documents(stage);
  assert.deepEqual(trustPolicy.Statement[0]?.Condition, {
    StringEquals: { [`${name}:aud`]: 'daypass-test', [`${name}:sub`]: 'ada' },
  });
  const open = await documents(stage, '--any-user');
  assert.deepEqual(open.trustPolicy.Statement[0]?.Condition, {
    StringEquals: { [`${name}:aud`]: 'daypass-test' },
  });
});

test('a shell reads the commands as intended', async (t) => {
  const [stage, iam] = await openIamStage(t, { keys: { daypass_client_id: "o'client$(x)" } });
  const { stdout, code } = await stage.daypass(['trust-policy', '--any-user']);
  assert.equal(code, 0);
  await iam.paste(stdout);
  const { openIdConnectProvider, trustPolicy } = await documents(stage, '--any-user');
  assert.deepEqual([...iam.providers], [[openIdConnectProvider.Url, ["o'client$(x)"]]]);
  assert.deepEqual(iam.roles.get(role)?.policy, trustPolicy);
  assert.equal(trustPolicy.Statement.length, 1);
});

test('a name that a shell would run is not printed among the commands', async (t) => {
  const email = '`touch x`; $(touch x)';
  const [stage, iam] = await openIamStage(t, { moreClaims: { email } });
  await stage.daypass();
  const { stdout } = await stage.daypass(['trust-policy']);
  assert.match(stdout, /^# The role DeveloperAccess trusts this user only\.$/m);
  assert.doesNotMatch(stdout, /touch/);
  // By default zsh runs the words after a # as a command.
  for (const comment of stdout.match(/^#.*$/gm) ?? []) assert.doesNotMatch(comment, /['"`$;&|<>()]/);
  assert.equal((await iam.paste(stdout)).code, 0);
});

test('the page shows the statement in lines that fit and can be copied', async (t) => {
  const [stage, iam] = await openIamStage(t);
  const { providers, roles } = accountOf(stage, () => conditions(stage, { sub: 'grace' }));
  iam.begin(providers, roles);
  const browser = await startChromium();
  t.after(() => browser.close());
  stage.sandbox.writeConfig(stage.config({ daypass_browser: stage.launcher.browserSetting }));
  const running = stage.sandbox.start(['--profile', 'developer']);
  const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
  await signInWithPage(page, await stage.launcher.nextLink());
  assert.equal(await page.title(), 'Signed in, but AWS refused the role – daypass');
  assert.match(
    (await page.textContent('main')) ?? '',
    /add this statement to the trust policy of role DeveloperAccess/,
  );
  await page.click('pre code');
  const copied = String(await page.evaluate('getSelection().toString()'));
  assert.match(copied, /^\{\n {2}"Effect": "Allow",\n/);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  assert.equal((await running.exit).code, 77);
  const { trustPolicy } = await documents(stage);
  assert.deepEqual(JSON.parse(copied), trustPolicy.Statement[0]);
});

suite('where anyone in the world can register', () => {
  for (const [issuer, name] of [
    ['https://accounts.google.com', 'Google'],
    ['https://gitlab.com', 'GitLab\\.com'],
    ['https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0', 'Microsoft'],
  ] as const) {
    test(`no policy trusts everyone at ${issuer}, with --any-user or before a sign-in`, async (t) => {
      const sandbox = await createSandbox({
        config: `[default]\ndaypass_issuer = ${issuer}\ndaypass_client_id = c\ndaypass_role_arn = arn:aws:iam::${account}:role/${role}\ndaypass_store = file\n`,
      });
      t.after(() => sandbox.remove());
      for (const more of [['--any-user'], [], ['--json']]) {
        const { code, stdout, stderr } = await sandbox.run(['trust-policy', ...more]);
        assert.deepEqual([code, stdout], [78, '']);
        assert.match(
          stderr,
          new RegExp(`^daypass: unsafe-trust: anyone in the world can register at ${name}`),
        );
        assert.match(stderr, /\nhint: .*a claim .*such as hd.*run: daypass login/);
      }
    });
  }
});

test('a comment above the commands names an issuer that IAM rejects', async (t) => {
  for (const [issuer, fault] of [
    [
      'https://sso.example.com:8443/realms/x',
      /no issuer with a port, as in https:\/\/sso\.example\.com:8443/,
    ],
    ['http://127.0.0.1', /only https issuers/],
  ] as const) {
    const sandbox = await createSandbox({
      config: `[default]\ndaypass_issuer = ${issuer}\ndaypass_client_id = c\ndaypass_role_arn = arn:aws:iam::${account}:role/${role}\ndaypass_store = file\n`,
    });
    t.after(() => sandbox.remove());
    const { code, stdout } = await sandbox.run(['trust-policy', '--any-user']);
    assert.equal(code, 0);
    assert.match(stdout, fault);
    assert.ok(stdout.split('\n').every((line) => !line.includes('IAM accepts') || line.startsWith('# ')));
  }
});
