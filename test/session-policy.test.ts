// An inline session policy limits the credentials of a call. No call gets credentials that were made without it.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { knownCalls } from './support/known-calls.ts';
import { openStageFor } from './support/logging-stage.ts';
import { testedProgram } from './support/sandbox.ts';
import { type Stage, signInProgram } from './support/stage.ts';
import { StsRefusal } from './support/sts/refusal.ts';
import { until } from './support/until.ts';

const policyOf = (actions: string) =>
  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:${actions}*","Resource":"*"}]}`;

interface PolicyStage extends Stage {
  file: string;
  /** Replaces the policy, in a layout for people. */
  write(actions: string): void;
  /** The access key of a call that must print credentials. */
  key(args?: string[], env?: Record<string, string>): Promise<string>;
  /** The policies that STS got, in order. */
  asked(): (string | undefined)[];
  /** What the keychain holds. */
  // biome-ignore lint/suspicious/noExplicitAny: records of two kinds
  records(): Promise<any[]>;
}

async function openPolicyStage(t: TestContext, keys: Record<string, string> = {}): Promise<PolicyStage> {
  const stage = await openStageFor(t, {
    keys: { daypass_browser: signInProgram, daypass_policy: '~/policy.json', ...keys },
  });
  const file = join(stage.sandbox.home, 'policy.json');
  const write = (actions: string) =>
    writeFileSync(file, JSON.stringify(JSON.parse(policyOf(actions)), null, 2));
  write('Get');
  return {
    ...stage,
    file,
    write,
    async key(args, env) {
      const { code, stdout, stderr } = await stage.daypass(args, env);
      assert.deepEqual([code, stderr], [0, '']);
      return JSON.parse(stdout).AccessKeyId;
    },
    asked: () => stage.sts.calls.map(({ policy }) => policy),
    async records() {
      const accounts = await stage.keyring.accounts('daypass');
      const texts = await Promise.all(accounts.map((account) => stage.keyring.lookup('daypass', account)));
      return texts.map((text) => JSON.parse(text ?? '{}'));
    },
  };
}

test('STS gets the policy, and each policy has credentials of its own after one sign-in', async (t) => {
  const stage = await openPolicyStage(t);
  const { key, write, asked, provider } = stage;
  const get = await key();
  assert.equal(await key(), get);
  assert.deepEqual(asked(), [policyOf('Get')]);
  const records = await stage.records();
  assert.deepEqual(
    records.flatMap(({ credentials, policy, packedPolicySize }) =>
      credentials.accessKeyId ? [[policy, packedPolicySize]] : [],
    ),
    [[policyOf('Get'), Math.ceil(policyOf('Get').length / 20.48)]],
  );
  write('Put');
  const put = await key();
  assert.notEqual(put, get);
  assert.equal(await key(), put);
  const none = await key([], { DAYPASS_POLICY: '' });
  assert.equal(none, put, 'an empty variable is none, so the profile decides');
  stage.sandbox.writeConfig(stage.config({ daypass_policy: '' }));
  const unlimited = await key();
  assert.ok(![get, put].includes(unlimited));
  assert.deepEqual(asked(), [policyOf('Get'), policyOf('Put'), undefined]);
  // Each is found again, and a new layout is no new policy.
  write('Get');
  assert.equal(await key(['--policy', stage.file]), get);
  assert.equal(await key([], { DAYPASS_POLICY: stage.file }), get);
  assert.equal(asked().length, 3);
  assert.equal(provider.counts.authorization, 1);
  // Neither a policy nor its absence keeps a person from signing out.
  stage.sandbox.writeConfig(stage.config());
  rmSync(stage.file);
  const logout = await stage.daypass(['logout']);
  assert.equal(logout.code, 0);
  assert.deepEqual(await stage.keyring.accounts('daypass'), [], 'logout finds them all');
});

/** What makes a policy unusable, and the fault that a call then prints. */
const unusable: Record<string, [change: (file: string) => void, fault: RegExp]> = {
  gone: [(file) => rmSync(file), /~\/policy\.json does not exist/],
  empty: [(file) => writeFileSync(file, ''), /~\/policy\.json:1:1: the text ends/],
  'cut short': [(file) => writeFileSync(file, policyOf('Get').slice(0, -1)), /:1:91: the text ends/],
  'a folder': [
    (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    /~\/policy\.json is a folder, not a file/,
  ],
};

test('a known call never goes on without its policy, or with another one', async (t) => {
  const stage = await openPolicyStage(t, { daypass_log: '' });
  const { key, file, sts, sandbox } = stage;
  const settle = () => {
    const changed = Math.max(
      ...[file, join(sandbox.home, '.aws/config')].map((path) => statSync(path).ctimeMs),
    );
    return until(() => Date.now() - changed > 2000, 'the files are old enough');
  };
  // The credentials without the policy are in the keychain all the time.
  sandbox.writeConfig(stage.config({ daypass_policy: '' }));
  const unlimited = await key();
  sandbox.writeConfig(stage.config());
  const limited = await key();
  await settle();
  assert.equal(await key(), limited);
  assert.equal(knownCalls(stage).length, 1, 'the call is known');
  const calls = sts.calls.length;
  for (const [what, [change, fault]] of Object.entries(unusable)) {
    rmSync(file, { recursive: true, force: true });
    stage.write('Get');
    change(file);
    const { code, stdout, stderr } = await stage.daypass();
    assert.deepEqual([code, stdout], [65, ''], what);
    assert.match(stderr, /^daypass: bad-configuration: daypass_policy \(~\/\.aws\/config:10\): /);
    assert.match(stderr, fault, what);
  }
  rmSync(file, { recursive: true, force: true });
  stage.write('Get');
  assert.equal(await key(), limited);
  assert.equal(sts.calls.length, calls, 'STS was not asked');
  // One that the same call knows a moment later.
  writeFileSync(file, policyOf('Put'));
  const other = await key();
  assert.ok(![limited, unlimited].includes(other));
  await settle();
  for (let call = 0; call < 3; call++) assert.equal(await key(), other);
  sandbox.writeConfig(stage.config({ daypass_policy: '' }));
  assert.equal(await key(), unlimited);
});

test('credentials under the name of another policy are not used', async (t) => {
  const { key, keyring, asked, sandbox, config } = await openPolicyStage(t);
  const limited = await key();
  sandbox.writeConfig(config({ daypass_policy: '' }));
  const unlimited = await key();
  const records = new Map<string, string>();
  for (const account of await keyring.accounts('daypass'))
    records.set(account, (await keyring.lookup('daypass', account)) ?? '');
  const accountOf = (accessKey: string) =>
    [...records].find(([, text]) => text.includes(accessKey))?.[0] ?? assert.fail();
  await keyring.store('daypass', {
    [accountOf(limited)]: records.get(accountOf(unlimited)) ?? '',
    [accountOf(unlimited)]: records.get(accountOf(limited)) ?? '',
  });
  const renewed = await key();
  assert.ok(![limited, unlimited].includes(renewed));
  sandbox.writeConfig(config());
  assert.ok(![limited, unlimited, renewed].includes(await key()));
  assert.deepEqual(asked(), [policyOf('Get'), undefined, undefined, policyOf('Get')]);
});

test('a call that joins the renewal of another policy waits, and then gets its own credentials', async (t) => {
  const stage = await openPolicyStage(t);
  const release = stage.sts.hold();
  const first = stage.key();
  await until(() => stage.sts.calls.length === 1, 'STS was asked');
  stage.write('Put');
  const second = stage.key();
  // It has the policy of its start: a later change is for later calls.
  release();
  const keys = await Promise.all([first, second]);
  assert.notEqual(keys[0], keys[1]);
  assert.deepEqual(stage.asked(), [policyOf('Get'), policyOf('Put')]);
  assert.equal(stage.provider.counts.authorization, 1);
});

test('what STS says of a policy is shown, and a corrected one is tried at once', async (t) => {
  const stage = await openPolicyStage(t);
  for (const [code, message, fault, hint] of [
    [
      'MalformedPolicyDocument',
      'Syntax errors in policy.',
      'AWS cannot use a session policy: Syntax errors in policy.',
      'correct or remove ~/policy.json',
    ],
    [
      'PackedPolicyTooLarge',
      'Packed policy consumes 138% of allotted space, please use smaller policy.',
      'the session policies and the session tags of the ID token are too large together: they take 138 % of the space that AWS has for them',
      'shorten ~/policy.json, or have the provider send fewer and shorter tags',
    ],
    [
      'ValidationError',
      "1 validation error detected: Value at 'policy' failed",
      "STS refused the request: 1 validation error detected: Value at 'policy' failed",
      'correct ~/policy.json',
    ],
  ] as const) {
    stage.sts.answer(() => {
      throw new StsRefusal(code, message);
    });
    stage.write(code);
    const { exitCode, stderr } = await stage
      .daypass()
      .then(({ code: exitCode, stderr }) => ({ exitCode, stderr }));
    assert.equal(exitCode, 65);
    assert.equal(stderr, `daypass: bad-configuration: ${fault}\nhint: ${hint}\n`);
    // The cool-down is for this policy.
    const calls = stage.sts.calls.length;
    assert.equal((await stage.daypass()).code, 65);
    assert.equal(stage.sts.calls.length, calls);
  }
  stage.sts.answer(undefined);
  stage.write('Get');
  await stage.key();
  assert.equal(stage.provider.counts.authorization, 1);
});

test('a policy that only others may read is a fault', async (t) => {
  const { file, sandbox } = await openPolicyStage(t);
  chmodSync(file, 0);
  // Root may read every file until it gives up these rights.
  const restricted = ['/usr/bin/setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
  const before = process.getuid?.() === 0 ? restricted : [];
  const { code, stderr } = await sandbox.runProgram([
    ...before,
    ...testedProgram.words,
    '--profile',
    'developer',
  ]);
  assert.equal(code, 65);
  assert.match(stderr, /~\/policy\.json cannot be read \(EACCES\)/);
});
