// Stored records are damaged, foreign or old: cases K05 to K09 and K11 of docs/threats.md.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { later } from '../support/other-clock.ts';
import { type Case, type FaultStage, fault, notApplicable, refresh, type Stimulus } from './fault.ts';
import { type Records, recordsOf } from './stored-records.ts';

suite('the records misbehave', { concurrency: 4 }, () => {
  recordsAreDamaged();
  recordsAreOld();
  namesAreOdd();
});

notApplicable('K09', "a limit of Windows' Credential Manager; simulated in test/store/split-store.test.ts");

function recordsAreDamaged(): void {
  /** Changes of the stored text. */
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
    `daypass ignores a damaged record, ${which}: ${what}`,
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
  // daypass replaces unusable credentials with new ones from the sign-in.
  const renewed: Case = {
    tokenRequests: 0,
    inspect: ({ sts }) => assert.equal(sts.calls.length, 2, 'STS gets another call'),
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
  /** The sign-in is lost: the next renewal needs a person. */
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
}

function recordsAreOld(): void {
  fault('K11', 'an older record that is restored costs a new sign-in, and nothing else', {
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
  fault('K11', 'credentials are made again if two records are exchanged', {
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
      assert.ok(one && !call.stdout.includes(JSON.parse(one).credentials.accessKeyId), 'new credentials');
      return call;
    },
  });
  fault('K07', 'expired credentials and a wrong clock cost one refresh', { session: true });
}

function namesAreOdd(): void {
  fault(
    'K08',
    'a name with NUL, half a surrogate pair, emoji and colours is printed without control characters',
    {
      arrange: ({ provider }) => {
        provider.token = (form) =>
          provider.tokens(form, { claims: { email: 'a\0\ud800\u{1f600}\x1b[31m\u202eada@example.com' } });
      },
      inspect: async (stage, call) => {
        assert.equal((await stage.daypass()).stdout, call.stdout);
        const { stdout, code } = await stage.daypass(['status']);
        assert.equal(code, 0);
        assert.match(stdout, /^✓ Signed in as .*\u{1f600}.*ada@example\.com/u);
        assert.doesNotMatch(stdout, /[^\P{C}\n]/u);
        assert.match(stage.sts.calls[0]?.sessionName ?? '', /^[\w+=,.@-]{2,64}$/);
      },
    },
  );
}
