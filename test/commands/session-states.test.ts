// What status (one profile, the list, JSON), doctor and login say of a session in each of its states, and whether
// the next call does what they say.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leaveCredentials } from '../support/aged-credentials.ts';
import { StsRefusal } from '../support/local-sts.ts';
import { later } from '../support/other-clock.ts';
import type { RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { openStage, type Stage } from '../support/stage.ts';

let stage: Stage;
before(async () => {
  stage = await openStage();
});
after(() => stage?.close());

/** Changes the stored sign-in or credentials, which have `field`; undefined removes a field. */
async function edit(field: 'refreshToken' | 'roleArn', change: Record<string, unknown>): Promise<void> {
  for (const account of await stage.keyring.accounts('daypass')) {
    const record = JSON.parse((await stage.keyring.lookup('daypass', account)) ?? '{}');
    if (!(field in record)) continue;
    await stage.keyring.store('daypass', { [account]: JSON.stringify({ ...record, ...change }) });
  }
}

const spentIdToken = { idToken: undefined, idTokenExpires: 0 };

async function expire(signIn: Record<string, unknown> = spentIdToken): Promise<void> {
  await leaveCredentials(stage.keyring, -5);
  await edit('refreshToken', signIn);
}

async function finish<Result>(running: Promise<Result>): Promise<Result> {
  await signInOverHttp(await stage.launcher.nextLink());
  return await running;
}

/** Ends the state that was arranged. */
let end: (() => Promise<unknown>) | undefined;

async function ended(): Promise<void> {
  const last = end;
  end = undefined;
  await last?.();
}

/** What the next call has to do. */
type Does = 'prints-stored' | 'renews' | 'waits' | 'asks-person' | 'fails';

interface State {
  /** Brings the session, which is fresh, into the state, and may set `end`. */
  arrange: () => unknown;
  env?: Record<string, string>;
  signedIn: boolean;
  does: Does;
  reason?: string;
  /** The whole first line of `status`. */
  says: RegExp;
  warns?: RegExp;
  /** The row of the profile in the list. */
  row: RegExp;
  /** The findings of doctor, with their codes. */
  doctor: RegExp;
  /** The first line of `login`, in the states in which it needs no person. */
  login?: RegExp;
  /** The code of the error with which the next call fails. */
  error?: string;
}

const until = String.raw`until \d\d:\d\d UTC\S*`;
const loginCommand = 'daypass login --profile developer';

const tokenRefused: Omit<State, 'arrange' | 'doctor'> = {
  signedIn: false,
  does: 'asks-person',
  reason: 'token-refused',
  says: new RegExp(
    `^! Sign-in expired: the provider no longer accepts the refresh token\\. Run: ${loginCommand}$`,
  ),
  row: / sign in again$/,
};

// STS tells its time in whole seconds, so up to one second more may seem to be left.
const hour = '(59|60) min';

const states: Record<string, State> = {
  fresh: {
    arrange: () => {},
    signedIn: true,
    does: 'prints-stored',
    says: new RegExp(`^✓ Signed in as ada@example\\.com ${until} \\(${hour} left\\)$`),
    row: new RegExp(` \\d\\d:\\d\\d UTC\\S* \\(${hour}\\) +automatic$`),
    doctor: new RegExp(`session ada@example\\.com is signed in, credentials: ${hour} left\n`),
    login: /^✓ Already signed in as ada@example\.com until /,
  },
  ageing: {
    arrange: () => leaveCredentials(stage.keyring, 600),
    signedIn: true,
    does: 'prints-stored',
    says: new RegExp(`^✓ Signed in as ada@example\\.com ${until} \\(9 min left\\)$`),
    row: / \d\d:\d\d UTC\S* \(9 min\) +automatic$/,
    doctor: /session ada@example\.com is signed in, credentials: 9 min left\n/,
    login: /^✓ Already signed in as ada@example\.com until /,
  },
  'expired with a refresh token': {
    arrange: () => expire(),
    signedIn: true,
    does: 'renews',
    says: /^✓ Signed in as ada@example\.com; the next call gets credentials without a browser$/,
    row: / automatic$/,
    doctor:
      /session ada@example\.com is signed in, no valid credentials stored\n.*renews without a browser\n/,
    login: /^✓ Signed in as ada@example\.com until /,
  },
  'expired without a refresh token': {
    arrange: () => expire({ ...spentIdToken, refreshToken: undefined }),
    signedIn: false,
    does: 'asks-person',
    reason: 'no-refresh-token',
    says: new RegExp(`^! Sign-in expired: your provider issued no refresh token\\. Run: ${loginCommand}$`),
    row: / sign in again$/,
    doctor: /session Sign-in expired: your provider issued no refresh token\n/,
  },
  'the refresh token was refused': {
    arrange: async () => {
      await expire({ ...spentIdToken, refreshToken: 'spent' });
      assert.equal((await stage.daypass(['--non-interactive'])).code, 2);
    },
    ...tokenRefused,
    doctor: /session Sign-in expired: the provider no longer accepts the refresh token\n/,
  },
  'the refresh token was refused after STS had refused an ID token that has not expired': {
    arrange: async () => {
      await leaveCredentials(stage.keyring, -5);
      await edit('refreshToken', { refreshToken: 'spent' });
      stage.sts.answer(() => {
        throw new StsRefusal('ExpiredTokenException', 'Token expired', 400);
      });
      assert.equal((await stage.daypass(['--non-interactive'])).code, 2);
      stage.sts.answer(undefined);
    },
    ...tokenRefused,
    doctor: /refresh-token the provider no longer accepts the refresh token\n/,
  },
  'in the cool-down of a refusal': {
    arrange: async () => {
      await expire();
      stage.sts.answer(() => {
        throw new StsRefusal('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
      });
      assert.equal((await stage.daypass()).code, 77);
      stage.sts.answer(undefined);
      end = () => stage.daypass(['login']);
    },
    signedIn: true,
    does: 'fails',
    error: 'trust-policy',
    says: new RegExp(`^✗ Calls fail ${until}\\. To try again now, run: ${loginCommand}$`),
    row: / paused until \d\d:\d\d UTC\S*$/,
    doctor: /session Calls fail until [\s\S]*last-failure \d\d:\d\d UTC\S* trust-policy: /,
    login: /^✓ Signed in as ada@example\.com until /,
  },
  'a sign-in is open': {
    arrange: async () => {
      await expire({ ...spentIdToken, refreshToken: undefined });
      const running = stage.daypass(['--timeout', '100']);
      const link = await stage.launcher.nextLink();
      end = async () => {
        await signInOverHttp(link);
        assert.equal((await running).code, 0);
      };
    },
    signedIn: false,
    does: 'waits',
    reason: 'no-refresh-token',
    says: /^! Signing in: a sign-in is open, and calls wait for its end$/,
    row: / sign-in is open$/,
    doctor: /session Signing in: a sign-in is open, and calls wait for its end\n/,
  },
  'signed out': {
    arrange: () => stage.daypass(['logout']),
    signedIn: false,
    does: 'asks-person',
    reason: 'no-sign-in',
    says: new RegExp(`^! Not signed in\\. Run: ${loginCommand}$`),
    row: / not signed in$/,
    doctor: /session there is no sign-in\n/,
  },
  'signed out where no person can be asked': {
    arrange: () => stage.daypass(['logout']),
    env: { DAYPASS_NON_INTERACTIVE: 'true' },
    signedIn: false,
    does: 'fails',
    reason: 'no-sign-in',
    error: 'sign-in-needed',
    says: new RegExp(`^✗ Not signed in\\. Run: ${loginCommand}`),
    row: / not signed in$/,
    doctor: /session there is no sign-in\n/,
  },
  'the credentials are of another person': {
    arrange: () => edit('roleArn', { sub: 'grace' }),
    signedIn: true,
    does: 'prints-stored',
    says: new RegExp(
      `^! Signed in as ada@example\\.com, but calls still get the credentials of another person\\. Run: ${loginCommand}$`,
    ),
    row: / automatic$/,
    doctor: /session Signed in as ada@example\.com, but calls still get the credentials of another person\n/,
    login: /^✓ Signed in as ada@example\.com until /,
  },
  'shadowed by keys in the environment': {
    arrange: () => {},
    env: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' },
    signedIn: true,
    does: 'prints-stored',
    says: /^✓ Signed in as ada@example\.com until /,
    warns:
      /^warning: AWS clients use AWS_ACCESS_KEY_ID instead of daypass, unless a flag names the profile; run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY$/,
    row: / automatic$/,
    doctor: /rivals AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY in the environment/,
    login: /^✓ Already signed in as ada@example\.com until /,
  },
  'shadowed by keys in the config file': {
    arrange: async () => {
      const keys = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n';
      stage.sandbox.writeConfig(stage.config() + keys);
      end = async () => stage.sandbox.writeConfig(stage.config());
    },
    signedIn: true,
    does: 'prints-stored',
    says: /^✓ Signed in as ada@example\.com until /,
    warns:
      /^warning: AWS clients use aws_access_key_id \(~\/\.aws\/config:9\) instead of daypass; remove aws_access_key_id, aws_secret_access_key from /,
    row: / automatic$/,
    doctor: /rivals aws_access_key_id, aws_secret_access_key \(~\/\.aws\/config:9\)/,
    login: /^✓ Already signed in as ada@example\.com until /,
  },
  'the clock is 10 minutes behind': {
    arrange: () => finish(stage.daypass(['login', '--force'], later('-10m'))),
    env: later('-10m'),
    signedIn: true,
    does: 'prints-stored',
    says: /^✓ Signed in as ada@example\.com until /,
    warns:
      /^warning: this machine's clock was 10 min behind AWS when AWS issued the credentials, and AWS rejects requests if it still is; .*(timedatectl|NTP)/,
    row: / automatic$/,
    doctor: /session ada@example\.com is signed in/,
    login: /^✓ Already signed in as ada@example\.com until /,
  },
};

for (const [state, expected] of Object.entries(states)) {
  test(`status, list, JSON, doctor, login and the next call agree: ${state}`, async () => {
    const { env = {} } = expected;
    const signIn = await finish(stage.daypass(['login', '--force']));
    assert.equal(signIn.code, 0, signIn.stderr);
    await expected.arrange();
    const ask = async (...args: string[]) => {
      const result = await stage.daypass(args, env);
      assert.equal(result.stderr, '');
      return result.stdout;
    };

    const { signedIn, nextCall, reason, warning, identity } = JSON.parse(await ask('status', '--json'));
    assert.deepEqual(
      { signedIn, nextCall, reason },
      { signedIn: expected.signedIn, nextCall: expected.does, reason: expected.reason },
    );
    assert.equal(identity, state.startsWith('signed out') ? null : 'ada@example.com');
    const lines = (await ask('status')).trimEnd().split('\n');
    const first = lines.findIndex((line) => line.startsWith('  '));
    assert.match(lines.slice(0, first).join(' '), expected.says);
    assert.match(lines.join('\n'), /^ {2}account +1234-5678-9012$/m);
    const last = lines.at(-1) ?? '';
    if (expected.warns) {
      assert.match(last, expected.warns);
      assert.equal(`warning: ${warning}`, last);
    } else assert.doesNotMatch(lines.join('\n'), /^warning:/m);

    const listed = (await stage.sandbox.run(['status'], { env })).stdout;
    const row = listed.split('\n').find((line) => /^. developer /.test(line)) ?? listed;
    assert.match(row, expected.row);
    const all = JSON.parse((await stage.sandbox.run(['status', '--json'], { env })).stdout).profiles;
    assert.deepEqual(
      [all[0].signedIn, all[0].nextCall, all[0].reason],
      [expected.signedIn, expected.does, expected.reason],
    );
    const { checks } = JSON.parse((await stage.daypass(['doctor', '--json'], env)).stdout);
    const findings = checks.map(({ code, finding }: Record<string, string>) => `${code} ${finding}\n`);
    assert.match(findings.join(''), expected.doctor);

    await assertNextCall(expected);
    await ended();
    if (!expected.login) return;
    // The call may have changed the state, so once more from the beginning.
    await finish(stage.daypass(['login', '--force']));
    await expected.arrange();
    const tabs = stage.launcher.launches.length;
    const told = await ask('login');
    assert.match(told, expected.login);
    assert.equal(stage.launcher.launches.length, tabs);
    if (expected.warns) assert.match(told.trimEnd().split('\n').at(-1) ?? '', expected.warns);
    else assert.doesNotMatch(told, /^warning:/m);
    await ended();
  });
}

/** Makes the next call, and asserts that it does so. */
async function assertNextCall({ does, env = {}, error }: State): Promise<void> {
  const stored = await storedKey();
  const tabs = stage.launcher.launches.length;
  const keyOf = ({ stdout, stderr, code }: RunResult): string => {
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).AccessKeyId;
  };
  const call = stage.daypass(['--timeout', '100'], env);
  if (does === 'asks-person') {
    await finish(call);
    assert.equal(stage.launcher.launches.length, tabs + 1);
  } else if (does === 'waits') {
    await ended();
    assert.ok(keyOf(await call));
    assert.equal(stage.launcher.launches.length, tabs);
  } else if (does === 'fails') {
    assert.match((await call).stderr, new RegExp(`^daypass: ${error}: `));
    assert.equal(stage.launcher.launches.length, tabs);
  } else {
    assert.equal(keyOf(await call) === stored, does === 'prints-stored');
    assert.equal(stage.launcher.launches.length, tabs);
  }
}

async function storedKey(): Promise<string | undefined> {
  for (const account of await stage.keyring.accounts('daypass')) {
    const record = JSON.parse((await stage.keyring.lookup('daypass', account)) ?? '{}');
    if (record.credentials?.accessKeyId) return record.credentials.accessKeyId;
  }
  return undefined;
}

test('a locked keychain is the error of status, the list, JSON, doctor, login and the next call', async () => {
  await finish(stage.daypass(['login', '--force']));
  await stage.keyring.lock();
  try {
    for (const args of [['status'], ['status', '--json'], ['login'], []]) {
      const { code, stdout, stderr } = await stage.daypass(args);
      assert.equal(code, 75);
      if (args.includes('--json')) assert.equal(JSON.parse(stdout).error.code, 'keychain-locked');
      else assert.match(stderr, /^daypass: keychain-locked: /);
    }
    const listed = await stage.sandbox.run(['status']);
    assert.equal(listed.code, 75);
    assert.match(listed.stdout, /^✗ developer: keychain-locked: /m);
    const { profiles } = JSON.parse((await stage.sandbox.run(['status', '--json'])).stdout);
    assert.equal(profiles[0].error.code, 'keychain-locked');
    assert.match((await stage.daypass(['doctor'])).stdout, /^✗ keychain +the keychain is locked/m);
  } finally {
    await stage.keyring.unlock();
  }
});
