// Clocks are wrong, set back or suspended, or an answer has an old time: cases TM01, TM02, TM05 to TM07, and
// T01 to T03 of docs/threats.md.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite } from 'node:test';
import { soon } from '../support/bad-answers.ts';
import { assertVersion1 } from '../support/credentials-format.ts';
import { onlyRenewal } from '../support/logging-stage.ts';
import { later, settableClock } from '../support/other-clock.ts';
import { signalAll } from '../support/processes.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type Call, type Case, type FaultStage, fault, refresh, signIn } from './fault.ts';

/** Sets the right clock again after the call. */
const right = {
  inspect: ({ sandbox }: FaultStage): void => {
    for (const name of [
      'LD_PRELOAD',
      'FAKETIME',
      'FAKETIME_TIMESTAMP_FILE',
      'FAKETIME_NO_CACHE',
      'FAKETIME_DONT_FAKE_MONOTONIC',
      'TZ',
    ])
      delete sandbox.env[name];
  },
};

suite('a clock is wrong', { concurrency: 4 }, () => {
  clocksAreOff();
  clocksAreSetBack();
  zonesDiffer();
  providersClocksAreOff();
  cachedAnswersTellNoTime();
});

function clocksAreOff(): void {
  const clocks = [
    ['an hour ahead', '+1h'],
    ['an hour behind', '-1h'],
    ['in 1970', offsetTo('1970-01-02T00:00:00Z')],
    ['in 2100', offsetTo('2100-01-01T00:00:00Z')],
  ] as const;
  for (const [what, offset] of clocks) {
    // daypass reads the difference from the Date headers of the provider and of STS.
    fault('TM01', `a sign-in works with a clock ${what}`, {
      act: async (stage) => {
        Object.assign(stage.sandbox.env, later(offset));
        const call = await signIn(stage);
        const again = await stage.daypass();
        assert.equal(again.stdout, call.stdout, 'no sign-in loop');
        return call;
      },
      ...right,
    });
    fault('TM01', `a session renews with a clock ${what}`, {
      ...{ session: true, tokenRequests: 1 },
      act: (stage) => stage.daypass(['--non-interactive'], later(offset)),
    });
  }
  for (const offset of ['+1d', '-1d']) {
    fault('TM01', `daypass names the clock if it is off by ${offset} and no Date header says so`, {
      ...{ error: 'bad-id-token', text: /clock/ },
      act: async (stage) => {
        stage.provider.clockAhead = undefined;
        Object.assign(stage.sandbox.env, later(offset));
        return signIn(stage);
      },
      ...right,
    });
  }
}

function clocksAreSetBack(): void {
  fault('TM02', 'daypass renews credentials from the future once, not at each call', {
    session: true,
    arrange: async (stage) => {
      // The credentials are three hours ahead of the clock.
      await refresh(stage);
      stage.hour = 0;
    },
    tokenRequests: 1,
    act: async (stage) => {
      const calls = stage.sts.calls.length;
      const call = await stage.daypass(['--non-interactive']);
      const again = await stage.daypass(['--non-interactive']);
      assert.equal(again.stdout, call.stdout, 'one renewal, not one for each call');
      assert.equal(stage.sts.calls.length, calls + 1);
      return call;
    },
  });
  fault('TM02', 'a clock that is set back during the STS call costs no second renewal', {
    act: async (stage) => {
      const clock = settableClock(join(stage.sandbox.home, '..', 'clock'));
      clock.set('+2h');
      Object.assign(stage.sandbox.env, clock.env);
      const release = stage.sts.hold();
      const running = signIn(stage);
      await until(() => stage.sts.calls.length > 0, 'STS is asked');
      clock.set('-2h');
      release();
      const call = await running;
      const again = await stage.daypass(['--non-interactive']);
      assert.equal(again.stdout, call.stdout);
      return call;
    },
    ...right,
  });

  fault('TM05', 'a sign-in survives a suspension of six hours during the STS call', {
    act: suspended,
    ...right,
  });
}

function zonesDiffer(): void {
  for (const zone of [
    'Australia/Lord_Howe',
    'America/New_York',
    'No/Such_Zone',
    ':/dev/null',
    'XXX-25:99',
    'right/UTC',
  ]) {
    fault('TM06', `Expiration is UTC with TZ=${zone}`, {
      ...{ session: true, tokenRequests: 0 },
      act: async (stage) => {
        const here = await stage.daypass();
        const call = await stage.daypass([], { TZ: zone });
        assert.equal(call.stdout, here.stdout);
        assert.ok(
          Math.abs(Date.parse(assertVersion1(call.stdout).Expiration) - Date.now() - 3600_000) < 60_000,
        );
        return call;
      },
    });
  }
  for (const [what, moment] of [
    ['summer time ends', offsetTo('2026-10-25T00:59:58Z')],
    ['summer time begins', offsetTo('2026-03-29T00:59:58Z')],
    ['a leap second', offsetTo('2016-12-31T23:59:58Z')],
  ] as const) {
    fault('TM06', `a sign-in works while ${what}`, {
      act: async (stage) => {
        Object.assign(stage.sandbox.env, later(moment), { TZ: 'Europe/Berlin' });
        return signIn(stage);
      },
      ...right,
      inspect: (stage, call) => {
        right.inspect(stage);
        // The expiration is on the clock of STS.
        assert.ok(
          Math.abs(Date.parse(assertVersion1(call.stdout).Expiration) - Date.now() - 3600_000) < 60_000,
        );
      },
    });
  }
}

function providersClocksAreOff(): void {
  for (const seconds of [25, 35, 300]) {
    const ahead = (told: boolean): NonNullable<Case['arrange']> => {
      return ({ provider }) => {
        provider.clockAhead = seconds * 1000;
        if (!told) provider.clockAhead = undefined;
        provider.token = (form) =>
          provider.tokens(form, {
            claims: () => ({ iat: soon(seconds), nbf: soon(seconds), exp: soon(seconds + 3600) }),
          });
      };
    };
    // daypass reads the provider's clock from its Date header. This STS tolerates 5 minutes, as AWS does.
    const taken: Case = { arrange: ahead(true), act: lenientSts };
    fault('TM07', `daypass accepts a provider's clock that is ${seconds} s ahead by its Date header`, taken);
    const refused: Case = { arrange: ahead(false), error: 'bad-id-token', text: /clock/, ends: true };
    fault(
      'TM07',
      `daypass tolerates at most 30 s without a Date header: the provider's clock is ${seconds} s ahead`,
      seconds === 25 ? { arrange: ahead(false), act: lenientSts } : refused,
    );
  }
}

/** The headers of an answer that a cache has kept for `seconds`, as Google's discovery has them. */
function kept(seconds: number): Record<string, string> {
  const date = (ago: number) => new Date(Date.now() - ago * 1000).toUTCString();
  return {
    date: date(seconds),
    age: String(seconds),
    'cache-control': 'public, max-age=3600',
    expires: date(seconds - 3600),
  };
}

/** Metadata and keys come from a cache. https://accounts.google.com/.well-known/openid-configuration */
function fromCache({ provider }: FaultStage, headers: Record<string, string>): void {
  const { jwks } = provider;
  provider.discovery = (_request, _response, honest) => ({ ...honest, headers });
  provider.jwks = async () => ({ ...(await jwks()), headers });
}

function cachedAnswersTellNoTime(): void {
  const { age: _age, ...withoutAge } = kept(2400);
  const { 'cache-control': _control, ...withExpires } = withoutAge;
  for (const [what, headers] of [
    ['Age 2400', kept(2400)],
    ['Age 5059, past its Expires', kept(5059)],
    ['Cache-Control alone', withoutAge],
    ['Expires alone', withExpires],
    ['no sign of a cache', { date: kept(2400).date ?? '' }],
  ] as const) {
    fault('T01', `a sign-in works with metadata that a cache kept: ${what}`, {
      arrange: (stage) => fromCache(stage, headers),
    });
    fault('T01', `a session renews with metadata that a cache kept: ${what}`, {
      session: true,
      arrange: (stage) => fromCache(stage, headers),
    });
  }
  fault('T02', 'a clock an hour ahead does not matter, though metadata and keys come from a cache', {
    arrange: (stage) => {
      fromCache(stage, kept(2400));
      Object.assign(stage.sandbox.env, later('+1h'));
    },
    ...right,
  });
  fault('T03', 'a token answer that a cache may have kept tells no time', {
    arrange: ({ provider }) => {
      provider.token = (form) => ({ ...provider.tokens(form), headers: kept(2400) });
    },
  });
}

/** Returns the offset from now to a moment, for a clock that starts there and runs on. */
function offsetTo(moment: string): string {
  const seconds = Math.round((Date.parse(moment) - Date.now()) / 1000);
  return seconds < 0 ? `${seconds}` : `+${seconds}`;
}

/** Stops caller and renewal for six hours by the clock. A second caller must start no renewal of its own. */
async function suspended(stage: FaultStage): Promise<Call> {
  const { sandbox, launcher, sts, provider } = stage;
  const clock = settableClock(join(sandbox.home, '..', 'clock'));
  Object.assign(sandbox.env, clock.env);
  const release = sts.hold();
  const first = sandbox.start(['--profile', 'developer']);
  const page = signInOverHttp(await launcher.nextLink());
  await until(() => sts.calls.length > 0, 'STS is asked');
  // A program that only opened the browser may end between the list and the signal.
  const asleep = signalAll(sandbox.processes(), 'SIGSTOP').map(({ pid }) => pid);
  assert.ok(asleep.includes(first.pid), 'the caller sleeps');
  assert.ok(asleep.includes((await onlyRenewal(stage)).pid), 'the renewal sleeps');
  clock.set('+6h');
  const second = sandbox.start(['--profile', 'developer']);
  await until(() => /looked[\s\S]*looked/.test(`${sandbox.files()['daypass.log']}`), 'the second call looks');
  for (const pid of asleep) process.kill(pid, 'SIGCONT');
  release();
  const [one, two, { body }] = await Promise.all([first.exit, second.exit, page]);
  assert.equal(two.stdout, one.stdout, two.stderr);
  assert.equal(provider.counts.codeExchange, 1);
  return { ...one, seen: { pages: body } };
}

/** Signs in with an STS that does not check the clock. */
async function lenientSts(stage: FaultStage): Promise<Call> {
  const { sts } = stage;
  sts.answer((_parameters, response) => {
    const expiration = new Date(Date.now() + 3600_000).toISOString();
    const credentials = `<AccessKeyId>ASIAABCDEFGHIJKLMNOP</AccessKeyId><SecretAccessKey>${'s'.repeat(40)}</SecretAccessKey><SessionToken>${'t'.repeat(400)}</SessionToken><Expiration>${expiration}</Expiration>`;
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      );
  });
  return signIn(stage);
}
