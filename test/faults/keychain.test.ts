// The keychain is locked, missing or hangs: cases K01 to K04, K10, K17 and H06 to H08 of docs/threats.md.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'node:test';
import { assertVersion1 } from '../support/credentials-format.ts';
import { executableUnderTest } from '../support/executable-under-test.ts';
import { later } from '../support/other-clock.ts';
import type { RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type Call, type Case, fault, signIn } from './fault.ts';
import { withOwnKeyring } from './own-keyring.ts';
import { recordsOf, secretFiles } from './stored-records.ts';

/** The call fails before a tab opens or anything is posted. */
const early: Case = { tabs: 0, tokenRequests: 0 };

suite('the keychain misbehaves', { concurrency: 4 }, () => {
  keychainsAreMissing();
  keychainsAreLocked();
  keychainsDoNotAnswer();
  hitsEnd();
  librariesPrint();
});

function keychainsAreLocked(): void {
  fault('K01', 'a locked keyring opens no tab, and the session is there after it is unlocked', {
    ...{ error: 'keychain-locked', text: /locked/, tabs: 1, tokenRequests: 2 },
    act: withOwnKeyring(async (stage, keyring) => {
      await signIn(stage);
      await keyring.lock();
      stage.hour += 3;
      const { launches } = stage.launcher;
      const call = await stage.daypass([], later(`+${stage.hour}h`));
      assert.equal(launches.length, 1);
      await keyring.unlock();
      // login ignores the cool-down, and needs no tab.
      const { code, stderr } = await stage.daypass(['login'], later(`+${stage.hour}h`));
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.equal(launches.length, 1);
      return call;
    }),
  });
  fault(
    'K03',
    'credentials are printed and reported as unsaved if the keyring is locked after the STS call',
    {
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
    },
  );
  fault(
    'K04',
    'credentials are printed and reported as unsaved if the keyring is locked after the rotation',
    {
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
    },
  );
}

function keychainsAreMissing(): void {
  for (const [what, address] of [
    ['there is no session bus', 'unix:path=/nonexistent'],
    ['the address of the bus is malformed', 'rubbish'],
    ['the address of the bus is empty', ''],
    ['the address of the bus says that there is none', 'disabled:'],
    ['the bus refuses connections', 'tcp:host=127.0.0.1,port=2'],
  ] as const) {
    fault('K02', `no secret is written to a file: ${what}`, {
      ...{ ...early, error: 'keychain-missing', text: /\nhint: .*daypass_store = file/, ends: true },
      // An empty address counts as unset, and then the runtime folder leads to the bus.
      act: (stage) =>
        stage.daypass([], { DBUS_SESSION_BUS_ADDRESS: address, ...(address ? {} : { XDG_RUNTIME_DIR: '' }) }),
      inspect: (stage) => assert.deepEqual(secretFiles(stage), []),
    });
  }
  fault('K02', 'the error says that the keychain library cannot be loaded', {
    ...{ ...early, error: 'keychain-missing', text: /library cannot be loaded/, ends: true },
    // An empty file replaces libsecret.
    act: async (stage) => {
      const folder = join(stage.sandbox.home, '..', 'libraries');
      mkdirSync(folder);
      writeFileSync(join(folder, 'libsecret-1.so.0'), '');
      return stage.daypass([], { LD_LIBRARY_PATH: folder });
    },
  });
  fault('K17', 'no file holds a secret without a keychain and without store = file', {
    ...{ ...early, error: 'keychain-missing', ends: true },
    act: (stage) => stage.daypass(['login'], { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' }),
    inspect: (stage) => assert.deepEqual(secretFiles(stage), []),
  });
}

/** Returns the call with the code that the process ends with where Node (22.15) or Bun can replace a process. */
function ofHung({ code, signal, ...output }: RunResult, inProcess: boolean): Call {
  const killed = inProcess && !executableUnderTest && !('execve' in process);
  assert.equal(signal, killed ? 'SIGKILL' : null);
  return { ...output, code: killed ? 75 : code };
}

function keychainsDoNotAnswer(): void {
  for (const [what, args] of [
    ['a call', []],
    ['login', ['login']],
    ['status', ['status']],
  ] as const) {
    fault('K10', `a keyring that hangs ends ${what} in time`, {
      ...{ ...early, error: 'keychain-unresponsive', ends: true, within: 40_000 },
      act: withOwnKeyring(async (stage, keyring) => {
        process.kill(keyring.daemonPid, 'SIGSTOP');
        try {
          const running = stage.sandbox.start([...args, '--profile', 'developer']);
          return ofHung(await running.exit, args.length === 0);
        } finally {
          process.kill(keyring.daemonPid, 'SIGCONT');
        }
      }),
    });
  }
}

/** A hit reads in its own process, which no exit of Node can end while that read hangs. */
function hitsEnd(): void {
  fault('H06', 'a hit on a keyring that hangs prints its error and ends with 75, or by SIGKILL', {
    ...{ error: 'keychain-unresponsive', ends: true },
    act: withOwnKeyring(async (stage, keyring) => {
      await signIn(stage);
      // The first call of these words is remembered. Five seconds are enough for it on a busy machine.
      assert.equal((await stage.daypass(['--timeout', '5'])).code, 0);
      process.kill(keyring.daemonPid, 'SIGSTOP');
      try {
        return ofHung(await stage.sandbox.run(['--timeout', '5', '--profile', 'developer']), true);
      } finally {
        process.kill(keyring.daemonPid, 'SIGCONT');
      }
    }),
  });
}

function librariesPrint(): void {
  const loud = { G_MESSAGES_DEBUG: 'all', G_DBUS_DEBUG: 'all', G_ENABLE_DIAGNOSTIC: '1' };
  const withLoud: Case['arrange'] = ({ sandbox }) => void Object.assign(sandbox.env, loud);
  fault('H07', 'a sign-in prints only credentials although the environment makes GLib print', {
    arrange: withLoud,
    inspect: async (stage) => {
      const hit = await stage.daypass();
      assertVersion1(hit.stdout);
      assert.equal(hit.stderr, '');
    },
  });
  fault('H07', 'a refresh prints only credentials although the environment makes GLib print', {
    ...{ session: true, arrange: withLoud },
  });
  fault('H07', 'status and logout do their work although the environment makes GLib print', {
    ...{ session: true, ends: true, tokenRequests: 0, arrange: withLoud, prints: /^signed out of profile/ },
    act: async (stage) => {
      const { code, stdout, stderr } = await stage.daypass(['status']);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.match(stdout, /^✓ Signed in as /);
      const records = Object.values(await recordsOf(stage));
      const call = await stage.daypass(['logout']);
      for (const name of records) assert.equal(await stage.keyring.lookup('daypass', name), undefined);
      return call;
    },
  });
  const command = ['sh', '-c', 'echo $G_MESSAGES_DEBUG $G_DBUS_DEBUG $G_ENABLE_DIAGNOSTIC'];
  fault('H08', "exec gives its command the caller's own variables", {
    ...{ session: true, tokenRequests: 0, arrange: withLoud, prints: /^all all 1\n$/ },
    command,
    act: (stage) => stage.daypass(['exec', '--profile', 'developer', '--', ...command]),
  });
}
