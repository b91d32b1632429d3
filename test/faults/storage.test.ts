// The cases K01 to K19 of the security research (section 7.4): keychain, files and folders that misbehave. Envelopes are not used
// (design.md, section 8), so K09 and K11 are about the records themselves.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { failingFiles, fileFaults } from '../support/failing-files.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { later } from '../support/other-clock.ts';
import { daypassPath, type RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import {
  type Call,
  type Case,
  type FaultStage,
  fault,
  notApplicable,
  refresh,
  type Stimulus,
  signIn,
} from './fault.ts';

/** No tab opens and nothing is posted. */
const early: Case = { tabs: 0, tokenRequests: 0 };

suite('the store misbehaves', { concurrency: 4 }, () => {
  keychainsFail();
  recordsAreDamaged();
  foldersAreNotSafe();
  filesCannotBeWritten();
  logoutLeavesNothing();
});

notApplicable('K09', "a limit of Windows' Credential Manager; simulated in test/store/split-store.test.ts");

/** The case with a keyring of its own, which it may lock or stop; the others of this file share one. */
function withOwnKeyring(
  act: (stage: FaultStage, keyring: Keyring) => Promise<Call>,
): NonNullable<Case['act']> {
  return async (stage) => {
    const { env } = stage.sandbox;
    const before = { ...env };
    const keyring = await startKeyring();
    try {
      Object.assign(env, keyring.env);
      return await act(stage, keyring);
    } finally {
      Object.assign(env, before);
      await keyring.stop();
    }
  };
}

function stateOf({ sandbox }: FaultStage): string {
  return join(sandbox.home, '.local', 'state', 'daypass');
}

/** The folder of the one sign-in that there is. */
function folderOf(stage: FaultStage): string {
  const [key = ''] = readdirSync(stateOf(stage));
  return join(stateOf(stage), key);
}

function keychainsFail(): void {
  fault(
    'K01',
    'the keyring is locked, with a session in it: no tab, and all is there when it is open again',
    {
      ...{ error: 'keychain-locked', text: /locked/, tabs: 1, tokenRequests: 2 },
      act: withOwnKeyring(async (stage, keyring) => {
        await signIn(stage);
        await keyring.lock();
        stage.hour += 3;
        const { launches } = stage.launcher;
        const call = await stage.daypass([], later(`+${stage.hour}h`));
        assert.equal(launches.length, 1);
        await keyring.unlock();
        // A failure rests; login asks anew, and needs no tab.
        const { code, stderr } = await stage.daypass(['login'], later(`+${stage.hour}h`));
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
        assert.equal(launches.length, 1);
        return call;
      }),
    },
  );
  for (const [what, address] of [
    ['no session bus', 'unix:path=/nonexistent'],
    ['an address that is none', 'rubbish'],
    ['a bus that refuses', 'tcp:host=127.0.0.1,port=2'],
  ] as const) {
    fault('K02', `${what}: nothing is written in clear`, {
      ...{ ...early, error: 'keychain-missing', text: /\nhint: .*daypass_store = file/, ends: true },
      act: (stage) => stage.daypass([], { DBUS_SESSION_BUS_ADDRESS: address }),
      inspect: (stage) => assert.deepEqual(secretFiles(stage), []),
    });
  }
  fault('K02', 'the binding cannot be loaded', {
    ...{ ...early, error: 'keychain-missing', text: /library cannot be loaded/, ends: true },
    // An empty libsecret in the place of the real one.
    act: async (stage) => {
      const folder = join(stage.sandbox.home, '..', 'libraries');
      mkdirSync(folder);
      writeFileSync(join(folder, 'libsecret-1.so.0'), '');
      return stage.daypass([], { LD_LIBRARY_PATH: folder });
    },
  });
  fault('K17', 'no keychain, and nobody asked for files: no file has a secret', {
    ...{ ...early, error: 'keychain-missing', ends: true },
    act: (stage) => stage.daypass(['login'], { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' }),
    inspect: (stage) => assert.deepEqual(secretFiles(stage), []),
  });
  fault('K03', 'the keyring is locked after STS has answered: printed, and said to be unsaved', {
    act: withOwnKeyring(async (stage, keyring) => {
      const { sandbox, launcher, sts } = stage;
      const release = sts.hold();
      const running = sandbox.runInTerminal(['--profile', 'developer']);
      const page = signInOverHttp(await launcher.nextLink());
      await until(() => sts.calls.length > 0, 'STS is asked');
      await keyring.lock();
      release();
      const { body } = await page;
      assert.match(body, /could not be saved/);
      const { terminal, ...result } = await running.exit;
      assert.match(terminal, /daypass: the session could not be saved: the keychain is locked/);
      return { ...result, seen: { terminal, body } };
    }),
  });
  fault('K04', 'the keyring is locked after the refresh token was rotated: printed, and said to be unsaved', {
    ...{ tokenRequests: 2 },
    act: withOwnKeyring(async (stage, keyring) => {
      const { sandbox, provider } = stage;
      await signIn(stage);
      let [asked, answer] = [false, () => {}];
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      provider.token = async (form) => {
        asked = true;
        await answered;
        return provider.tokens(form);
      };
      stage.hour += 3;
      const running = sandbox.runInTerminal(['--profile', 'developer'], { env: later(`+${stage.hour}h`) });
      await until(() => asked, 'the token is posted');
      await keyring.lock();
      answer();
      const { terminal, ...result } = await running.exit;
      assert.match(terminal, /daypass: the session could not be saved: the keychain is locked/);
      return { ...result, seen: { terminal } };
    }),
  });
  for (const [what, args] of [
    ['a call', []],
    ['login', ['login']],
    ['status', ['status']],
  ] as const) {
    fault('K10', `the keyring does not answer ${what}`, {
      ...{ ...early, error: 'keychain-unresponsive', ends: true, within: 40_000 },
      act: withOwnKeyring(async (stage, keyring) => {
        process.kill(keyring.daemonPid, 'SIGSTOP');
        try {
          const running = stage.sandbox.start([...args, '--profile', 'developer']);
          // By SIGKILL, as Node cannot end itself while a thread hangs: AWS clients see a failure either way.
          const { code, signal, ...output } = await running.exit;
          assert.ok(signal === null || args.length === 0, `${signal}`);
          return { ...output, code: signal === 'SIGKILL' ? 75 : code };
        } finally {
          process.kill(keyring.daemonPid, 'SIGCONT');
        }
      }),
    });
  }
}

function secretFiles({ sandbox }: FaultStage): string[] {
  return Object.keys(sandbox.files()).filter((path) => path.endsWith('.secret'));
}

interface Records {
  credentials: string;
  signIn: string;
}

/** The account names of this stage's two records, among those of the whole file. */
async function recordsOf(stage: FaultStage): Promise<Records> {
  const [signInKey = ''] = readdirSync(stateOf(stage));
  const text = await stage.keyring.lookup('daypass', signInKey);
  const [credentials = ''] = JSON.parse(text ?? '{"credentials":[]}').credentials;
  return { credentials, signIn: signInKey };
}

function recordsAreDamaged(): void {
  /** What is done to the stored text, and whether the session is lost by it. */
  const damages: [what: string, damage: (text: string) => string][] = [
    ['cut off', (text) => text.slice(0, text.length / 2)],
    ['no JSON', () => 'hello'],
    ['empty JSON', () => '{}'],
    ['null', () => 'null'],
    ['another version', (text) => text.replace('"version":1', '"version":2')],
    ['a bit flipped in its structure', (text) => text.replace('"version"', '"versiom"')],
    ['5 MB', (text) => text + ' '.repeat(5_000_000)],
    ['another type', (text) => `[${text}]`],
  ];
  const damaged = (
    id: string,
    which: keyof Records,
    what: string,
    damage: (text: string, stage: FaultStage) => string,
    more: Case,
  ): Stimulus => [
    id,
    `${which}: ${what}`,
    {
      session: true,
      ...more,
      arrange: async (stage) => {
        const account = (await recordsOf(stage))[which];
        const text = (await stage.keyring.lookup('daypass', account)) ?? '';
        await stage.keyring.store('daypass', { [account]: damage(text, stage) });
      },
      act: async (stage) => {
        return stage.daypass(['--non-interactive'], later(`+${stage.hour}h`));
      },
    },
  ];
  // Credentials that cannot be used are made anew from the sign-in.
  const renewed: Case = {
    tokenRequests: 0,
    inspect: ({ sts }) => assert.equal(sts.calls.length, 2, 'STS is asked anew'),
  };
  const swap = (name: string, value: string) => (text: string) =>
    JSON.stringify({ ...JSON.parse(text), [name]: value });
  for (const [what, damage] of damages) {
    const [id, name, given] = damaged('K05', 'credentials', what, damage, renewed);
    fault(id, name, given);
  }
  const foreign: [what: string, damage: (text: string) => string][] = [
    ['of another role', swap('roleArn', 'arn:aws:iam::210987654321:role/Admin')],
    ['of another issuer', swap('issuer', 'https://evil.example')],
  ];
  for (const [what, damage] of foreign) {
    const [id, name, given] = damaged('K06', 'credentials', what, damage, renewed);
    fault(id, name, given);
  }
  /** The sign-in cannot be used: the next renewal needs a person. */
  const lost: Case = { ends: true, error: 'sign-in-needed', tokenRequests: 0 };
  const whole: Case = {
    ...lost,
    act: async (stage) => {
      stage.hour += 3;
      return stage.daypass(['--non-interactive'], later(`+${stage.hour}h`));
    },
  };
  for (const [what, damage] of damages) {
    const [id, name, given] = damaged('K05', 'signIn', what, damage, {});
    fault(id, name, { ...given, ...whole });
  }
  const foreignSignIns: [what: string, damage: (text: string) => string][] = [
    ['of another issuer', swap('iss', 'https://evil.example')],
    ['whose identity is another one', (text) => text.replace('"identity":["', '"identity":["x')],
    ['with account names that are none', swap('credentials', '../../x')],
  ];
  for (const [what, damage] of foreignSignIns) {
    const [id, name, given] = damaged('K06', 'signIn', what, damage, {});
    fault(id, name, { ...given, ...whole });
  }
  fault('K11', 'a record of an older generation is put back: its token is spent, and that is all', {
    ...{ session: true, ends: true, error: 'sign-in-needed', tokenRequests: 2 },
    act: async (stage) => {
      const { signIn: account } = await recordsOf(stage);
      const old = (await stage.keyring.lookup('daypass', account)) ?? '';
      await refresh(stage);
      await stage.keyring.store('daypass', { [account]: old });
      const { provider } = stage;
      const spent: unknown = JSON.parse(old).refreshToken;
      provider.token = (form) =>
        form.get('refresh_token') === spent
          ? { status: 400, body: { error: 'invalid_grant' } }
          : provider.tokens(form);
      return refresh(stage);
    },
  });
  fault('K11', 'the records of two profiles are exchanged', {
    ...{ session: true, tokenRequests: 0 },
    act: async (stage) => {
      const { credentials, signIn: account } = await recordsOf(stage);
      const [one, two] = await Promise.all([
        stage.keyring.lookup('daypass', credentials),
        stage.keyring.lookup('daypass', account),
      ]);
      await stage.keyring.store('daypass', { [credentials]: two ?? '' });
      const call = await stage.daypass(['--non-interactive']);
      await stage.keyring.store('daypass', { [account]: two ?? '' });
      assert.notEqual(call.stdout, '');
      assert.ok(one && !call.stdout.includes(JSON.parse(one).credentials.accessKeyId), 'made anew');
      return call;
    },
  });
  fault('K07', 'expired credentials and a clock that is wrong', { session: true });
  fault('K08', 'a name with NUL, half a surrogate pair, emoji and colours', {
    arrange: ({ provider }) => {
      provider.token = (form) =>
        provider.tokens(form, { claims: { email: 'a\0\ud800\u{1f600}\x1b[31m\u202eada@example.com' } });
    },
    inspect: async (stage, call) => {
      assert.equal((await stage.daypass()).stdout, call.stdout);
      const { stdout, code } = await stage.daypass(['status']);
      assert.equal(code, 0);
      assert.match(stdout, /identity .*\u{1f600}.*ada@example\.com/u);
      assert.doesNotMatch(stdout, /[^\P{C}\n]/u);
      assert.match(stage.sts.calls[0]?.sessionName ?? '', /^[\w+=,.@-]{2,64}$/);
    },
  });
}

function foldersAreNotSafe(): void {
  const files = { daypass_store: 'file' };
  const refused = (
    what: string,
    error: 'unsafe-directory' | 'unsafe-file',
    text: RegExp,
    spoil: (stage: FaultStage) => void,
    mend: (stage: FaultStage) => void,
  ): void => {
    fault('K12', what, {
      ...{ error, text, keys: files, session: true, tokenRequests: 0 },
      act: async (stage) => {
        spoil(stage);
        const call = await stage.daypass();
        mend(stage);
        return call;
      },
    });
  };
  const elsewhere = (stage: FaultStage) => join(stage.sandbox.home, '..', 'elsewhere');
  refused(
    'the state directory is a link',
    'unsafe-directory',
    /ls -ld/,
    (stage) => {
      renameSync(stateOf(stage), elsewhere(stage));
      symlinkSync(elsewhere(stage), stateOf(stage));
    },
    (stage) => {
      rmSync(stateOf(stage));
      renameSync(elsewhere(stage), stateOf(stage));
    },
  );
  refused(
    'the group may write to the state directory',
    'unsafe-directory',
    /hint: run: chmod 700/,
    (stage) => chmodSync(stateOf(stage), 0o770),
    (stage) => chmodSync(stateOf(stage), 0o700),
  );
  if (process.getuid?.() !== 0) notApplicable('K12', 'only root can give a folder to somebody else');
  else {
    refused(
      "the sign-in's folder belongs to somebody else",
      'unsafe-directory',
      /not a directory that you own/,
      (stage) => chownSync(folderOf(stage), 65534, 65534),
      (stage) => chownSync(folderOf(stage), process.getuid?.() ?? 0, process.getgid?.() ?? 0),
    );
  }
  const secrets = (stage: FaultStage) => secretFiles(stage).map((path) => join(stage.sandbox.home, path));
  refused(
    'a secret file is 0644',
    'unsafe-file',
    /hint: run: chmod 600/,
    (stage) => {
      for (const path of secrets(stage)) chmodSync(path, 0o644);
    },
    (stage) => {
      for (const path of secrets(stage)) chmodSync(path, 0o600);
    },
  );
  const plant = ({ sandbox }: FaultStage) => {
    const victim = join(sandbox.home, '..', 'victim');
    writeFileSync(victim, 'mine');
    return victim;
  };
  fault('K13', 'links in the places of our files: their targets are left alone', {
    session: true,
    act: async (stage) => {
      const victim = plant(stage);
      for (const name of ['outcome.json', 'refreshing.json']) {
        rmSync(join(folderOf(stage), name), { force: true });
        symlinkSync(victim, join(folderOf(stage), name));
      }
      const call = await refresh(stage);
      assert.equal(readFileSync(victim, 'utf8'), 'mine');
      return call;
    },
  });
  for (const mask of ['000', '777']) {
    fault('K14', `umask ${mask}: 0600, and 0700 for folders`, {
      keys: files,
      act: async (stage) => {
        const running = runUnder(stage, `umask ${mask}`);
        const page = signInOverHttp(await stage.launcher.nextLink());
        await page;
        return running;
      },
      inspect: (stage) => {
        assert.ok(secretFiles(stage).length > 0);
        for (const entry of readdirSync(stateOf(stage), { recursive: true, encoding: 'utf8' })) {
          const path = join(stateOf(stage), entry);
          const stats = statSync(path);
          const mode = (stats.mode & 0o777).toString(8);
          if (stats.isSocket()) assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
          else assert.equal(mode, stats.isDirectory() ? '700' : '600', entry);
        }
      },
    });
  }
}

/** A call of daypass from a shell that does something first. */
async function runUnder({ sandbox }: FaultStage, first: string): Promise<RunResult> {
  const child = spawn(
    'sh',
    ['-c', `${first}; exec "$@"`, 'sh', process.execPath, daypassPath, '--profile', 'developer'],
    { cwd: sandbox.home, env: sandbox.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

function filesCannotBeWritten(): void {
  for (const reason of fileFaults) {
    fault('K15', `${reason} for the state directory, before a sign-in`, {
      ...{ ...early, error: 'io', text: new RegExp(`${reason}\nhint: `), ends: true },
      act: (stage) => stage.daypass([], failingFiles(stateOf(stage), reason)),
    });
    fault('K15', `${reason} for the state directory, at a refresh: what is there stays`, {
      ...{ session: true, error: 'io', text: new RegExp(`${reason}\nhint: `), tokenRequests: 0 },
      act: async (stage) => {
        const before = stage.sandbox.files();
        stage.hour += 3;
        const env = failingFiles(stateOf(stage), reason, later(`+${stage.hour}h`));
        const call = await stage.daypass(['--non-interactive'], env);
        for (const [path, content] of Object.entries(before))
          if (path.endsWith('.json')) assert.deepEqual(stage.sandbox.files()[path], content, path);
        return call;
      },
    });
  }
  fault('K15', 'a full disk does not stop a cache hit', {
    ...{ session: true, tokenRequests: 0 },
    act: (stage) => stage.daypass([], failingFiles(stage.sandbox.home, 'ENOSPC')),
  });
  fault('K15', 'a path that is too long', {
    ...{ ...early, error: 'io', text: /ENAMETOOLONG\nhint: .*shorter/, ends: true },
    act: (stage) => stage.daypass([], { XDG_STATE_HOME: `/${'x'.repeat(300)}` }),
  });
}

function logoutLeavesNothing(): void {
  const gone = /nothing of the session is kept here any more/;
  const signedOut: Case = { session: true, ends: true, tokenRequests: 0, prints: gone };
  fault('K16', 'logout, and once more', {
    ...signedOut,
    act: async (stage) => {
      const { signIn: account, credentials } = await recordsOf(stage);
      const call = await stage.daypass(['logout']);
      for (const name of [account, credentials])
        assert.equal(await stage.keyring.lookup('daypass', name), undefined);
      assert.equal(stage.provider.counts.revocation, 1);
      const again = await stage.daypass(['logout']);
      assert.deepEqual(
        { code: again.code, stderr: again.stderr, stdout: again.stdout },
        { code: 0, stderr: '', stdout: 'profile developer was not signed in\n' },
      );
      assert.equal(stage.provider.counts.revocation, 1);
      return call;
    },
  });
  fault('K16', 'logout of a session in files', {
    ...{ ...signedOut, keys: { daypass_store: 'file' } },
    act: async (stage) => {
      assert.equal(secretFiles(stage).length, 2);
      return stage.daypass(['logout']);
    },
    inspect: (stage) => assert.deepEqual(secretFiles(stage), []),
  });
  fault('K18', '200 roles of one sign-in: one logout leaves nothing', {
    ...{ ...signedOut, within: 120_000 },
    act: async (stage) => {
      const { signIn: account, credentials } = await recordsOf(stage);
      const record = (await stage.keyring.lookup('daypass', credentials)) ?? '';
      const signInRecord = JSON.parse((await stage.keyring.lookup('daypass', account)) ?? '');
      const secrets: Record<string, string> = {};
      for (let role = 1; role < 200; role++) secrets[role.toString(16).padStart(32, 'f')] = record;
      signInRecord.credentials.push(...Object.keys(secrets));
      await stage.keyring.store('daypass', { ...secrets, [account]: JSON.stringify(signInRecord) });
      const call = await stage.daypass(['logout']);
      for (const name of [account, ...signInRecord.credentials])
        assert.equal(await stage.keyring.lookup('daypass', name), undefined);
      return call;
    },
  });
  fault('K19', 'an item of another program under our service is left alone', {
    ...signedOut,
    arrange: ({ keyring }) =>
      keyring.store('daypass', { 'another program': 'its secret', ['f0'.repeat(16)]: 'its secret' }),
    act: async (stage) => {
      assertVersion1((await stage.daypass()).stdout);
      return stage.daypass(['logout']);
    },
    inspect: async ({ keyring }) => {
      for (const name of ['another program', 'f0'.repeat(16)])
        assert.equal(await keyring.lookup('daypass', name), 'its secret');
    },
  });
}
