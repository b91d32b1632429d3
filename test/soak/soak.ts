// Kills renewals at each step and at random instants. SOAK_ROUNDS (20), SOAK_RUNS (200) and DAYPASS_SEED set length and
// seed. The product has no hook for a step: the provider, STS or the keyring is held, and then the process is killed.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertVersion1 } from '../support/credentials-format.ts';
import { killRenewals, logged, openStageFor } from '../support/logging-stage.ts';
import { later } from '../support/other-clock.ts';
import { randomFrom, seed } from '../support/random.ts';
import type { Running, RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import type { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

const rounds = Number(process.env.SOAK_ROUNDS ?? 20);
const runs = Number(process.env.SOAK_RUNS ?? 200);
const random = randomFrom(seed);

/** The cost of the killed renewal and the next one together; a list names each correct outcome. */
interface Cost {
  tabs: number;
  refreshes: number;
  reuse: number;
  sts: number;
}

/** One row of "A renewal that is killed" in docs/threats.md. */
interface Step {
  name: string;
  /** Holds the step. Resolves when a renewal has reached it, with the function that ends the hold. */
  reach(stage: Stage, started: () => void): Promise<() => unknown>;
  costs: Cost[];
}

const silent: Cost = { tabs: 0, refreshes: 1, reuse: 0, sts: 1 };
/** The token is spent and its successor lost, so the person has to sign in again. */
const lost: Cost = { tabs: 1, refreshes: 2, reuse: 1, sts: 1 };

const steps: Step[] = [
  {
    name: 'before the discovery is answered',
    async reach({ provider }, start) {
      const release = provider.hold('discovery');
      await counted(() => provider.counts.discovery, start);
      return release;
    },
    costs: [silent],
  },
  {
    name: 'before the refresh token is posted (the keys are awaited)',
    async reach({ provider }, start) {
      const release = provider.hold('jwks');
      await counted(() => provider.counts.jwks, start);
      return release;
    },
    costs: [silent],
  },
  {
    name: 'posted, and the provider never saw it',
    async reach({ provider }, start) {
      provider.answer('token', () => provider.answer('token', undefined));
      await counted(() => provider.counts.refresh, start);
      return () => {};
    },
    costs: [{ ...silent, refreshes: 2 }],
  },
  {
    name: 'posted and spent, and the answer is lost',
    async reach(stage, start) {
      const { provider } = stage;
      const release = provider.hold('token');
      await counted(() => provider.counts.refresh, start);
      return () => rotated(stage, release);
    },
    costs: [lost],
  },
  {
    name: 'answered, and the new token is not on its way to the keyring yet',
    async reach(stage, start) {
      const release = stage.provider.hold('token');
      await counted(() => stage.provider.counts.refresh, start);
      const resume = stopKeychainCalls(stage);
      await rotated(stage, release);
      return resume;
    },
    costs: [lost],
  },
  {
    name: 'answered, and the new token is on its way to the keyring',
    async reach(stage, start) {
      const { provider, keyring } = stage;
      const release = provider.hold('token');
      await counted(() => provider.counts.refresh, start);
      process.kill(keyring.daemonPid, 'SIGSTOP');
      await rotated(stage, release);
      await sleep(random(10));
      return () => process.kill(keyring.daemonPid, 'SIGCONT');
    },
    // The record is saved completely or not at all.
    costs: [lost, { ...silent, refreshes: 2 }],
  },
  {
    name: 'the new token is saved, STS has not answered',
    async reach({ sts }, start) {
      const release = sts.hold();
      await counted(() => sts.calls.length, start);
      return release;
    },
    costs: [{ ...silent, sts: 2 }],
  },
  {
    name: 'STS has answered, and the credentials are not on their way to the keyring yet',
    async reach(stage, start) {
      const release = stage.sts.hold();
      await counted(() => stage.sts.calls.length, start);
      const resume = stopKeychainCalls(stage);
      await counted(() => logged(stage, 'sts-answered').length, release);
      return resume;
    },
    costs: [{ ...silent, sts: 2 }],
  },
  {
    name: 'STS has answered, and the credentials are on their way to the keyring',
    async reach(stage, start) {
      const release = stage.sts.hold();
      await counted(() => stage.sts.calls.length, start);
      process.kill(stage.keyring.daemonPid, 'SIGSTOP');
      await counted(() => logged(stage, 'sts-answered').length, release);
      await sleep(random(10));
      return () => process.kill(stage.keyring.daemonPid, 'SIGCONT');
    },
    costs: [{ ...silent, sts: 2 }, silent],
  },
  {
    name: 'the credentials are saved, and no waiter got the outcome',
    async reach(stage, start) {
      const saved = () => logged(stage, 'saved').filter(({ facts }) => facts.what === 'credentials').length;
      await counted(saved, start);
      return () => {};
    },
    costs: [silent],
  },
];

for (const { name, reach, costs: right } of steps) {
  test(`a renewal recovers from ${rounds} kills: ${name}`, async (t) => {
    const stage = await openStageFor(t);
    void finishTabs(stage);
    await succeeds(stage.daypass());
    const seen = new Map<string, number>();
    const delays: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const env = later(`+${2 * (round + 1)}h`);
      const before = costs(stage);
      const locks = logged(stage, 'lock-taken').length;
      let caller: Running | undefined;
      const letGo = await reach(stage, () => {
        caller = stage.sandbox.start(['--profile', 'developer'], { env });
      });
      // The caller is killed too every other time. Otherwise the same caller continues.
      const alone = round % 2 === 0;
      if (alone) {
        caller?.kill('SIGKILL');
        await caller?.exit;
      }
      killRenewals(stage);
      await letGo();
      await succeeds(alone ? stage.daypass([], env) : (caller as Running).exit);

      const cost = difference(costs(stage), before);
      assert.ok(
        right.some((one) => JSON.stringify(one) === JSON.stringify(cost)),
        `round ${round}: ${JSON.stringify(cost)}`,
      );
      seen.set(JSON.stringify(cost), (seen.get(JSON.stringify(cost)) ?? 0) + 1);
      await assertWholeRecords(stage);
      const next = logged(stage, 'lock-taken')[locks + 1];
      const from = logged(stage, alone ? 'called' : 'renewal-started').at(-1);
      if (next && from) delays.push(next.at - from.at);
      await until(() => stage.sandbox.processes().length === 0, 'all have ended');
    }
    for (const [cost, times] of seen) t.diagnostic(`${times} × ${cost}`);
    assertNoStaleLock(t, delays);
  });
}

for (const step of ['while the browser is open', 'while the code is exchanged'] as const) {
  test(`a sign-in recovers from ${rounds} kills: ${step}`, async (t) => {
    const stage = await openStageFor(t);
    const { provider, launcher } = stage;
    const delays: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = costs(stage);
      const caller = stage.sandbox.start(['--profile', 'developer']);
      const link = await launcher.nextLink();
      let release = () => {};
      if (step === 'while the code is exchanged') {
        release = provider.hold('token');
        const finish = () => void signInOverHttp(link).catch(() => {});
        await counted(() => provider.counts.codeExchange, finish);
      } else await until(() => logged(stage, 'link').length === 2 * round + 1, 'the link is out');
      killRenewals(stage);
      const { code, stdout, stderr } = await caller.exit;
      assert.deepEqual({ code, stdout }, { code: 70, stdout: '' });
      assert.match(stderr, /^daypass: renewal-died: /);
      release();

      const next = stage.daypass();
      await signInOverHttp(await launcher.nextLink());
      await succeeds(next);
      assert.deepEqual(difference(costs(stage), before), { tabs: 2, refreshes: 0, reuse: 0, sts: 1 });
      const [from, taken] = [logged(stage, 'called').at(-1), logged(stage, 'lock-taken').at(-1)];
      delays.push((taken?.at ?? Number.NaN) - (from?.at ?? 0));
      assert.equal((await stage.daypass(['logout'])).code, 0);
      await until(() => stage.sandbox.processes().length === 0, 'all have ended');
    }
    assertNoStaleLock(t, delays);
  });
}

test(`a session survives ${runs} kills at random instants if the provider accepts a spent token for a while`, async (t) => {
  t.diagnostic(`DAYPASS_SEED=${seed}`);
  const stage = await openStageFor(t, { reuseLeeway: 60 });
  void finishTabs(stage);
  await succeeds(stage.daypass());
  let spared = 0;
  for (let run = 0; run < runs; run++) {
    const caller = stage.sandbox.start(['--profile', 'developer', '--non-interactive'], {
      env: later(`+${2 * (run + 1)}h`),
    });
    await Promise.race([sleep(random(900)), caller.exit]);
    const target = random(3);
    if (target >= 1) caller.kill('SIGKILL');
    if (target < 2) killRenewals(stage);
    const result = await caller.exit;
    // A caller that survives gets its credentials.
    if (result.signal !== 'SIGKILL') {
      await succeeds(result);
      spared += 1;
    }
    await until(() => stage.sandbox.processes().length === 0, 'all have ended');
    await assertWholeRecords(stage);
  }
  await succeeds(stage.daypass(['--non-interactive'], later(`+${2 * (runs + 1)}h`)));
  const { tabs, refreshes, reuse } = costs(stage);
  assert.deepEqual({ tabs, reuse }, { tabs: 1, reuse: 0 });
  t.diagnostic(`${refreshes} refreshes, ${spared} callers that lived on`);
});

const anHour = 3_600_000;

/** Signs in in every tab that opens. */
async function finishTabs({ launcher }: Stage): Promise<void> {
  for (;;) await signInOverHttp(await launcher.nextLink(anHour)).catch(() => {});
}

/** Stops the process that makes the keychain calls of a renewal, so that its results are lost. */
function stopKeychainCalls({ sandbox }: Stage): () => void {
  const calls = sandbox
    .processes()
    .filter(({ command }) => /\/keychain-child\.cjs$|--daypass-part=keychain-child$/.test(command));
  assert.equal(calls.length, 1);
  for (const { pid } of calls) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const { pid } of calls) process.kill(pid, 'SIGKILL');
  };
}

/** Lets the provider answer, and waits until the refresh token is spent. */
async function rotated({ provider }: Stage, release: () => void): Promise<void> {
  const before = provider.latestRefreshToken();
  release();
  await until(() => provider.latestRefreshToken() !== before, 'the provider rotates the token');
}

async function succeeds(call: RunResult | Promise<RunResult>): Promise<void> {
  const { code, stdout, stderr } = await call;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assertVersion1(stdout);
}

/** Asserts that every record is complete and that no other entry exists. */
async function assertWholeRecords({ keyring }: Stage): Promise<void> {
  for (const account of await keyring.accounts('daypass')) {
    if (account === 'probe') continue;
    const record = JSON.parse((await keyring.lookup('daypass', account)) ?? '');
    assert.equal(record.version, 1);
    assert.ok(record.refreshToken ?? record.idToken ?? record.credentials, account);
  }
}

/** Asserts that the next call did not wait for its lock. The delays include the start of two Node processes. */
function assertNoStaleLock(t: TestContext, delays: number[]): void {
  const sorted = delays.sort((a, b) => a - b);
  if (sorted.length === 0) return;
  const [median = 0, longest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  t.diagnostic(`next lock after ${median} ms (median), ${longest} ms at most, ${delays.length} times`);
  // The maximum has a margin for a busy machine that starts Node slowly.
  assert.ok(median < 1000 && longest < 10_000, `${median} ms, ${longest} ms`);
}

function costs({ launcher, provider, sts }: Stage): Cost {
  const { refresh, reuse } = provider.counts;
  return { tabs: launcher.launches.length, refreshes: refresh, reuse, sts: sts.calls.length };
}

function difference(after: Cost, before: Cost): Cost {
  return {
    tabs: after.tabs - before.tabs,
    refreshes: after.refreshes - before.refreshes,
    reuse: after.reuse - before.reuse,
    sts: after.sts - before.sts,
  };
}

/** Runs `act` and waits until its effect has been counted. */
async function counted(count: () => number, start: () => void): Promise<void> {
  const before = count();
  start();
  await until(() => count() > before, 'the step');
}
