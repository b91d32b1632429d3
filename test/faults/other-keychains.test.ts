// Secret services other than gnome-keyring: cases KC01 to KC06 of docs/threats.md.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Database, type KeePassXc, startKeePassXc } from '../support/keepassxc.ts';
import type { Keyring } from '../support/keyring.ts';
import { startKWallet } from '../support/kwallet.ts';
import { later } from '../support/other-clock.ts';
import { testedProgram } from '../support/sandbox.ts';
import { type Call, type Case, type FaultStage, fault, signIn } from './fault.ts';

/** KeePassXC's setting, by the words of its window. */
const setting = /\nhint: .*in KeePassXC.* turn off "Confirm when passwords are retrieved by clients"/;

suite('other keychains hold the session', { concurrency: 2 }, () => {
  keepassKeepsOneEntryOfEachKind();
  keepassAsksBeforeEachRead();
  kwalletHoldsTheSession();
  theBusIsFound();
  keysDiffer();
});

function kwalletHoldsTheSession(): void {
  fault('KC04', 'KWallet: sign-in, hit, silent refresh, 20 callers and logout', {
    ...{ tokenRequests: 3, within: 120_000 },
    act: withKeychain(startKWallet, async (stage) => {
      const [call] = await liveThroughSession(stage);
      assert.match((await stage.daypass(['logout'])).stdout, /^signed out of profile developer/);
      assert.equal((await stage.daypass(['--non-interactive'])).code, 2, 'the session is gone');
      return call;
    }),
  });
}

/** Runs the words with systemd's place of the bus, and an environment as in cron. */
const asInCron = `mount -t tmpfs none /run && mkdir -p -m 755 /run/user && mkdir -m 700 /run/user/$(id -u) &&
mount --bind "$1" /run/user/$(id -u) && shift &&
exec env -u DBUS_SESSION_BUS_ADDRESS -u XDG_RUNTIME_DIR "$@"`;

function theBusIsFound(): void {
  fault('KC05', 'the bus at /run/user/UID/bus is used if the environment names none', {
    ...{ tokenRequests: 2 },
    act: async (stage) => {
      await signIn(stage);
      const { sandbox } = stage;
      const root = process.getuid?.() === 0 ? [] : ['--map-root-user'];
      const namespace = ['/usr/bin/unshare', '--mount', ...root, '/bin/sh', '-c', asInCron, 'sh'];
      const cron = [...namespace, `${sandbox.env.XDG_RUNTIME_DIR}`, ...testedProgram.words];
      const words = [...cron, '--non-interactive', '--profile', 'developer'];
      const hit = await sandbox.runProgram(words);
      assert.deepEqual({ code: hit.code, stderr: hit.stderr }, { code: 0, stderr: '' });
      stage.hour += 3;
      return await sandbox.runProgram(words, { env: later(`+${stage.hour}h`) });
    },
  });
}

function keysDiffer(): void {
  const preload = fileURLToPath(new URL('../support/key-differs.cjs', import.meta.url));
  const first = (stage: FaultStage, how: string) => ({
    NODE_OPTIONS: `--require "${preload}"`,
    KEY_DIFFERS: how,
    KEY_DIFFERS_MARK: join(stage.sandbox.home, '..', 'key-differs'),
  });
  const met = (stage: FaultStage) => assert.ok(existsSync(join(stage.sandbox.home, '..', 'key-differs')));
  for (const how of ['nothing', 'session'])
    fault('KC06', `a hit prints the credentials after a session whose key differs: ${how}`, {
      ...{ session: true, tokenRequests: 0 },
      act: async (stage) => {
        const whole = await stage.daypass();
        const hit = await stage.daypass([], first(stage, how));
        met(stage);
        assert.deepEqual(hit, whole);
        return hit;
      },
    });
  fault('KC06', 'a silent refresh is printed after a session whose key differs', {
    session: true,
    act: async (stage) => {
      const call = await stage.daypass(['--non-interactive'], {
        ...later(`+${stage.hour}h`),
        ...first(stage, 'nothing'),
      });
      met(stage);
      return call;
    },
  });
}

/** Signs in, hits, renews without a person, and renews again for 20 callers. */
async function liveThroughSession(stage: FaultStage): Promise<[Call, ...Call[]]> {
  const first = await signIn(stage);
  const calls = [first, await stage.daypass()];
  stage.hour += 3;
  calls.push(await stage.daypass(['--non-interactive'], later(`+${stage.hour}h`)));
  stage.hour += 3;
  const callers = Array.from({ length: 20 }, () => stage.daypass([], later(`+${stage.hour}h`)));
  calls.push(...(await Promise.all(callers)));
  for (const { code, stderr } of calls) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(stage.provider.counts.refresh, 2);
  return [first, ...calls];
}

function keepassKeepsOneEntryOfEachKind(): void {
  fault('KC01', 'sign-in, hit, silent refresh, 20 callers and logout leave one entry of each kind', {
    ...{ tokenRequests: 3, within: 120_000 },
    act: withKeePassXc({ confirm: false }, async (stage, keepass) => {
      const [first] = await liveThroughSession(stage);
      const signedIn = await keepass.saved();
      assert.deepEqual(kindsOf(signedIn), ['credentials', 'probe', 'sign-in']);
      assert.deepEqual(signedIn.bin, []);
      const logout = await stage.daypass(['logout'], later(`+${stage.hour}h`));
      const { entries, bin } = await keepass.saved();
      const left = entries.map(({ secret }) => secret);
      assert.deepEqual(left, ['', '', '']);
      assert.deepEqual(bin, []);
      assert.match(logout.stdout, /^signed out of profile developer/);
      return { ...logout, stdout: first.stdout };
    }),
  });
}

function keepassAsksBeforeEachRead(): void {
  fault('KC02', 'no tab opens if KeePassXC asks a person before each read', {
    ...{ tabs: 0, tokenRequests: 0, ends: true, error: 'keychain-failed', text: setting },
    act: withKeePassXc({ confirm: true }, async (stage) => {
      const first = await stage.daypass(['login']);
      const again = await stage.daypass();
      assert.equal(again.code, 75);
      return first;
    }),
  });
  fault('KC03', 'no refresh token is spent once KeePassXC asks a person before each read', {
    ...{ tabs: 1, tokenRequests: 2, error: 'keychain-failed', text: setting, within: 120_000 },
    act: withKeePassXc({ confirm: false }, async (stage, keepass) => {
      assert.equal((await signIn(stage)).code, 0);
      await keepass.restart({ confirm: true });
      stage.hour += 3;
      const call = await stage.daypass(['login'], later(`+${stage.hour}h`));
      const reader = await stage.daypass([], later(`+${stage.hour}h`));
      assert.match(reader.stderr, setting, 'a read that waits for the person');
      assert.equal(stage.provider.counts.refresh, 0);
      await keepass.restart({ confirm: false });
      const open = await stage.daypass(['--non-interactive'], later(`+${stage.hour}h`));
      assert.deepEqual({ code: open.code, stderr: open.stderr }, { code: 0, stderr: '' });
      return call;
    }),
  });
}

function withKeePassXc(settings: { confirm: boolean }, act: Act<KeePassXc>): NonNullable<Case['act']> {
  return withKeychain(() => startKeePassXc(settings), act);
}

type Act<Keychain> = (stage: FaultStage, keychain: Keychain) => Promise<Call>;

/** Makes the call with a keychain of its own. */
function withKeychain<Keychain extends Pick<Keyring, 'env' | 'stop'>>(
  start: () => Promise<Keychain>,
  act: Act<Keychain>,
): NonNullable<Case['act']> {
  return async (stage) => {
    const { env } = stage.sandbox;
    const before = { ...env };
    const keychain = await start();
    try {
      Object.assign(env, keychain.env);
      return await act(stage, keychain);
    } finally {
      Object.assign(env, before);
      await keychain.stop();
    }
  };
}

function kindsOf({ entries }: Database): string[] {
  const kind = (secret: string) =>
    /"refreshToken"/.test(secret) ? 'sign-in' : secret === '' ? 'probe' : 'credentials';
  return entries.map(({ secret }) => kind(secret)).sort();
}
