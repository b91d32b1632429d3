// Secret services other than gnome-keyring: cases KC01 to KC05 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { type Database, type KeePassXc, startKeePassXc } from '../support/keepassxc.ts';
import { later } from '../support/other-clock.ts';
import { type Call, type Case, type FaultStage, fault, signIn } from './fault.ts';

/** KeePassXC's setting, by the words of its window. */
const setting = /\nhint: .*in KeePassXC.* turn off "Confirm when passwords are retrieved by clients"/;

suite('KeePassXC holds the session', { concurrency: 2 }, () => {
  keepassKeepsOneEntryOfEachKind();
  keepassAsksBeforeEachRead();
});

function keepassKeepsOneEntryOfEachKind(): void {
  fault('KC01', 'sign-in, hit, silent refresh, 20 callers and logout leave one entry of each kind', {
    ...{ tokenRequests: 3, within: 120_000 },
    act: withKeePassXc({ confirm: false }, async (stage, keepass) => {
      const calls = [await signIn(stage), await stage.daypass()];
      stage.hour += 3;
      calls.push(await stage.daypass(['--non-interactive'], later(`+${stage.hour}h`)));
      stage.hour += 3;
      const callers = Array.from({ length: 20 }, () => stage.daypass([], later(`+${stage.hour}h`)));
      calls.push(...(await Promise.all(callers)));
      for (const { code, stderr } of calls) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.equal(stage.provider.counts.refresh, 2);
      const signedIn = await keepass.untilSaved(({ entries }) => entries.filter(isFull).length === 2);
      assert.deepEqual(kindsOf(signedIn), ['credentials', 'probe', 'sign-in']);
      assert.deepEqual(signedIn.bin, []);
      const logout = await stage.daypass(['logout'], later(`+${stage.hour}h`));
      const { entries, bin } = await keepass.untilSaved((saved) => !saved.entries.some(isFull));
      assert.equal(entries.length, 3);
      assert.deepEqual(bin, []);
      assert.match(logout.stdout, /^signed out of profile developer/);
      return { ...logout, stdout: calls[0]?.stdout ?? '' };
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
      await keepass.untilSaved(({ entries }) => entries.filter(isFull).length === 2);
      await keepass.restart({ confirm: true });
      stage.hour += 3;
      const call = await stage.daypass(['login'], later(`+${stage.hour}h`));
      const reader = await stage.daypass([], later(`+${stage.hour}h`));
      assert.match(reader.stderr, setting, 'a read that waits for the person');
      assert.equal(stage.provider.counts.refresh, 0);
      await keepass.restart({ confirm: false });
      const later_ = await stage.daypass(['--non-interactive'], later(`+${stage.hour}h`));
      assert.deepEqual({ code: later_.code, stderr: later_.stderr }, { code: 0, stderr: '' });
      return call;
    }),
  });
}

/** Makes the call with a KeePassXC of its own. */
function withKeePassXc(
  settings: { confirm: boolean },
  act: (stage: FaultStage, keepass: KeePassXc) => Promise<Call>,
): NonNullable<Case['act']> {
  return async (stage) => {
    const { env } = stage.sandbox;
    const before = { ...env };
    const keepass = await startKeePassXc(settings);
    try {
      Object.assign(env, keepass.env);
      return await act(stage, keepass);
    } finally {
      Object.assign(env, before);
      await keepass.stop();
    }
  };
}

function isFull({ secret }: { secret: string }): boolean {
  return secret !== '' && secret !== 'probe';
}

function kindsOf({ entries }: Database): string[] {
  const kind = (secret: string) =>
    /"refreshToken"/.test(secret) ? 'sign-in' : secret === '' ? 'probe' : 'credentials';
  return entries.map(({ secret }) => kind(secret)).sort();
}
