// TM01, TM02, TM05, TM06, TM07: clocks that are wrong, set back or stopped.
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { suite } from 'node:test';
import { soon } from '../support/bad-answers.ts';
import { assertVersion1 } from '../support/credentials-format.ts';
import type { Answer } from '../support/hostile-provider.ts';
import { later, settableClock } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type Call, type Case, type FaultStage, fault, refresh, signIn } from './fault.ts';

/** The clock is right again afterwards. */
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
});

function clocksAreOff(): void {
  const clocks = [
    ['an hour ahead', '+1h'],
    ['an hour behind', '-1h'],
    ['in 1970', offsetTo('1970-01-02T00:00:00Z')],
    ['in 2100', offsetTo('2100-01-01T00:00:00Z')],
  ] as const;
  for (const [what, offset] of clocks) {
    // The provider's and STS's Date headers tell the difference, so it does not matter (design, section 4).
    fault('TM01', `a sign-in with a clock ${what}`, {
      act: async (stage) => {
        Object.assign(stage.sandbox.env, later(offset));
        const call = await signIn(stage);
        const again = await stage.daypass();
        assert.equal(again.stdout, call.stdout, 'no sign-in loop');
        return call;
      },
      ...right,
    });
    fault('TM01', `a session whose clock is then ${what}`, {
      ...{ session: true, tokenRequests: 1 },
      act: (stage) => stage.daypass(['--non-interactive'], later(offset)),
    });
  }
  for (const offset of ['+1d', '-1d']) {
    fault('TM01', `a clock that is off by ${offset}, and nobody says so`, {
      ...{ error: 'bad-id-token', text: /clock/ },
      act: async (stage) => {
        stage.provider.discovery = withoutDate;
        Object.assign(stage.sandbox.env, later(offset));
        return signIn(stage);
      },
      ...right,
    });
  }
}

function clocksAreSetBack(): void {
  fault('TM02', 'credentials from the future', {
    session: true,
    arrange: async (stage) => {
      // Made three hours ahead; then the clock is right again.
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
  fault('TM02', 'the clock is set back while STS is asked', {
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

  fault('TM05', 'suspended while STS is asked, for six hours', {
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
    fault('TM06', `TZ=${zone}`, {
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
    fault('TM06', `a sign-in while ${what}`, {
      act: async (stage) => {
        Object.assign(stage.sandbox.env, later(moment), { TZ: 'Europe/Berlin' });
        return signIn(stage);
      },
      ...right,
      inspect: (stage, call) => {
        right.inspect(stage);
        // STS's own time, whatever our clock says.
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
        if (!told) provider.discovery = withoutDate;
        provider.token = (form) =>
          provider.tokens(form, {
            claims: () => ({ iat: soon(seconds), nbf: soon(seconds), exp: soon(seconds + 3600) }),
          });
      };
    };
    // Ours knows the provider's clock by its Date header. STS here allows as much as AWS: 5 minutes.
    const taken: Case = { arrange: ahead(true), act: lenientSts };
    fault('TM07', `the provider's clock is ${seconds} s ahead, and it says so`, taken);
    const refused: Case = { arrange: ahead(false), error: 'bad-id-token', text: /clock/, ends: true };
    fault(
      'TM07',
      `the provider's clock is ${seconds} s ahead, and nobody says so`,
      seconds === 25 ? { arrange: ahead(false), act: lenientSts } : refused,
    );
  }
}

/** So that the clock is at a moment now and goes on from there in every process. */
function offsetTo(moment: string): string {
  const seconds = Math.round((Date.parse(moment) - Date.now()) / 1000);
  return seconds < 0 ? `${seconds}` : `+${seconds}`;
}

/** Both processes stand still while the clock runs on for six hours; a caller that comes meanwhile starts nothing of its own. */
async function suspended(stage: FaultStage): Promise<Call> {
  const { sandbox, launcher, sts, provider } = stage;
  const clock = settableClock(join(sandbox.home, '..', 'clock'));
  Object.assign(sandbox.env, clock.env);
  const release = sts.hold();
  const first = sandbox.start(['--profile', 'developer']);
  const page = signInOverHttp(await launcher.nextLink());
  await until(() => sts.calls.length > 0, 'STS is asked');
  const asleep = sandbox.processes();
  assert.ok(asleep.length >= 2);
  for (const { pid } of asleep) process.kill(pid, 'SIGSTOP');
  clock.set('+6h');
  const second = sandbox.start(['--profile', 'developer']);
  await until(() => /looked[\s\S]*looked/.test(`${sandbox.files()['daypass.log']}`), 'the second call looks');
  for (const { pid } of asleep) process.kill(pid, 'SIGCONT');
  release();
  const [one, two, { body }] = await Promise.all([first.exit, second.exit, page]);
  assert.equal(two.stdout, one.stdout, two.stderr);
  assert.equal(provider.counts.codeExchange, 1);
  return { ...one, seen: { pages: body } };
}

/** A sign-in at an STS whose clock goes with the provider's. */
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

function withoutDate(_request: IncomingMessage, response: ServerResponse, honest: Answer): Answer {
  response.sendDate = false;
  response.removeHeader('date');
  return honest;
}
