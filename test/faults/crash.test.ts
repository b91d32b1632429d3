// Many callers, and processes that are killed or stopped: cases C01 to C12 of docs/threats.md.
// test/concurrency.test.ts and test/soak/ use more callers and kills, without the oracles.
import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deferred } from '../../src/process/deferred.ts';
import { failingFiles } from '../support/failing-files.ts';
import type { HostileProvider } from '../support/hostile-provider.ts';
import { killRenewals, logged, onlyRenewal } from '../support/logging-stage.ts';
import { later } from '../support/other-clock.ts';
import type { Running, RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type Call, type Case, type FaultStage, fault, refresh, signIn } from './fault.ts';
import { holdTokens } from './hold-tokens.ts';
import { startSecondProvider } from './second-provider.ts';

suite('callers at once, and crashes', { concurrency: 3 }, () => {
  callersAtOnce();
  processesAreKilled();
  processesAreStopped();
  commandsBesideARenewal();
  foldersDoNotHelp();
});

function startCallers(stage: FaultStage, count: number, args: string[] = []): Running[] {
  const env = stage.hour ? later(`+${stage.hour}h`) : {};
  return Array.from({ length: count }, () =>
    stage.sandbox.start([...args, '--profile', 'developer'], { env }),
  );
}

/** Asserts that all callers got the same answer, and returns it. */
async function alike(callers: Running[]): Promise<Call> {
  const results = await Promise.all(callers.map(({ exit }) => exit));
  assert.deepEqual(new Set(results.map(({ code, stdout, stderr }) => `${code} ${stdout}${stderr}`)).size, 1);
  return results[0] as RunResult;
}

function callersAtOnce(): void {
  for (const count of [16, 64]) {
    fault('C01', `${count} callers with expired credentials cause one refresh`, {
      ...{ session: true, within: 60_000 },
      act: (stage) => {
        stage.hour += 3;
        return alike(startCallers(stage, count, ['--non-interactive']));
      },
    });
  }
  fault('C02', '16 callers without a session open one tab', {
    within: 60_000,
    act: async (stage) => {
      const callers = startCallers(stage, 16);
      const link = await stage.launcher.nextLink();
      await until(() => logged(stage, 'joined').length === 15, 'the others join');
      const { body } = await signInOverHttp(link);
      return { ...(await alike(callers)), seen: { body } };
    },
  });
  fault('C11', '16 callers wait for a provider that takes 5 s, with one refresh', {
    ...{ session: true, within: 60_000 },
    act: async (stage) => {
      const { provider } = stage;
      provider.token = async (form) => {
        await sleep(5000);
        return provider.tokens(form);
      };
      stage.hour += 3;
      return alike(startCallers(stage, 16, ['--non-interactive']));
    },
  });
  let other: HostileProvider;
  fault('C09', 'two sign-ins do not wait for one another', {
    tabs: 2,
    act: async (stage) => {
      const { sandbox, launcher } = stage;
      other = await startSecondProvider(stage);
      const first = sandbox.start(['--profile', 'developer']);
      const link = await launcher.nextLink();
      // The first sign-in still waits for the person.
      const beside = sandbox.start(['--profile', 'other']);
      await signInOverHttp(await launcher.nextLink());
      assert.equal((await beside.exit).code, 0);
      assert.equal(first.child.exitCode, null);
      await signInOverHttp(link);
      return first.exit;
    },
    inspect: () => other.stop(),
  });
}

function processesAreKilled(): void {
  /** Registers a case that kills the renewal at one step of a refresh and judges the next call. */
  const killed = (
    what: string,
    reach: (stage: FaultStage) => { there: () => boolean; over: () => void },
    more: Case,
  ): void => {
    fault('C03', `the next call renews if the renewal is killed ${what}`, {
      ...{ session: true, ...more },
      act: async (stage) => {
        stage.hour += 3;
        const { there, over } = reach(stage);
        const [caller] = startCallers(stage, 1, ['--non-interactive']);
        await until(there, 'the step is reached');
        // The caller is killed too, because it would start another renewal.
        caller?.kill('SIGKILL');
        killRenewals(stage);
        await caller?.exit;
        over();
        return stage.daypass(['--non-interactive'], later(`+${stage.hour}h`));
      },
    });
  };
  killed(
    'before the refresh token is posted',
    ({ provider }) => {
      let asked = false;
      const answer = deferred<void>();
      const honest = provider.jwks;
      provider.jwks = async () => {
        asked = true;
        await answer.promise;
        return honest();
      };
      return { there: () => asked, over: answer.resolve };
    },
    { tokenRequests: 1 },
  );
  // A refresh token that the provider has received is spent and costs a new tab: see test/soak/.
  killed(
    'after the refresh token is posted, which the provider never sees',
    ({ provider }) => {
      let asked = false;
      const answer = deferred<void>();
      provider.token = async (form) => {
        if (asked) return provider.tokens(form);
        asked = true;
        await answer.promise;
        return { cut: true };
      };
      return { there: () => asked, over: answer.resolve };
    },
    { tokenRequests: 2 },
  );
  killed(
    'while STS is asked',
    ({ sts }) => {
      const before = sts.calls.length;
      const release = sts.hold();
      return { there: () => sts.calls.length > before, over: release };
    },
    { tokenRequests: 1 },
  );
  fault('C04', 'the session survives twenty renewals that are killed at any instant', {
    ...{ session: true, tokenRequests: 40, within: 60_000 },
    // A kill between the answer and the keychain loses the new token, so providers answer a spent one for a while.
    arrange: ({ provider }) => {
      const answers = new Map<string, ReturnType<typeof provider.tokens>>();
      provider.token = (form) => {
        const spent = form.get('refresh_token') ?? form.get('code') ?? '';
        const answer = answers.get(spent) ?? provider.tokens(form);
        answers.set(spent, answer);
        return answer;
      };
    },
    act: async (stage) => {
      for (let round = 0; round < 20; round++) {
        stage.hour += 3;
        const [caller] = startCallers(stage, 1, ['--non-interactive']);
        await sleep(15 * round);
        caller?.kill('SIGKILL');
        killRenewals(stage);
        await caller?.exit;
      }
      return refresh(stage);
    },
  });
  fault('C05', 'the next call gets the lock at once after its holder is killed', {
    ...{ tabs: 2, tokenRequests: 1 },
    act: async (stage) => {
      const [first] = startCallers(stage, 1);
      await stage.launcher.nextLink();
      killRenewals(stage);
      assert.equal((await first?.exit)?.code, 70);
      const [second] = startCallers(stage, 1);
      await signInOverHttp(await stage.launcher.nextLink());
      return (second as Running).exit;
    },
  });
}

function processesAreStopped(): void {
  const stopped: Case = {
    ...{ error: 'renewal-running', tokenRequests: 1, session: true },
    act: async (stage) => {
      const { asked, release } = holdTokens(stage);
      stage.hour += 3;
      const [first] = startCallers(stage, 1, ['--non-interactive']);
      await until(asked, 'the token is posted');
      const holder = await onlyRenewal(stage);
      process.kill(holder.pid, 'SIGSTOP');
      // The provider answers while the renewal is stopped.
      release();
      const env = later(`+${stage.hour}h`);
      const call = await stage.daypass(['--non-interactive', '--timeout', '3'], env);
      assert.deepEqual(await onlyRenewal(stage), holder, 'a stopped holder keeps the lock');
      process.kill(holder.pid, 'SIGCONT');
      assert.equal((await first?.exit)?.code, 0);
      return call;
    },
  };
  fault('C05', 'the holder of the lock keeps it while it is stopped', stopped);
  fault(
    'C06',
    'a holder that is stopped and continues refreshes once, and the other caller ends in time',
    stopped,
  );
}

function commandsBesideARenewal(): void {
  fault('C07', 'logout ends a running refresh, and the session does not return', {
    ...{ session: true, ends: true, prints: /its session is deleted from this machine/ },
    act: async (stage) => {
      const { asked, release } = holdTokens(stage);
      stage.hour += 3;
      const [caller] = startCallers(stage, 1, ['--non-interactive']);
      await until(asked, 'the token is posted');
      const logout = stage.sandbox.start(['logout', '--profile', 'developer']);
      await until(
        () => / cancel by=/.test(`${stage.sandbox.files()['daypass.log']}`),
        'logout ends the renewal',
      );
      release();
      const result = await logout.exit;
      // The caller may have received its answer just before.
      await caller?.exit;
      await until(() => stage.sandbox.processes().length === 0, 'all have ended');
      const { stdout } = await stage.daypass(['status']);
      assert.match(stdout, /Not signed in/);
      return result;
    },
  });
  fault('C08', 'login --force ends a running refresh, and the newer sign-in remains', {
    ...{ session: true, tabs: 1, tokenRequests: 2, prints: /^✓ Signed in as /m },
    act: async (stage) => {
      const { asked, release } = holdTokens(stage);
      stage.hour += 3;
      const [caller] = startCallers(stage, 1, ['--non-interactive']);
      await until(asked, 'the token is posted');
      const forced = signIn(stage, ['login', '--force']);
      await until(
        () => / cancel by=/.test(`${stage.sandbox.files()['daypass.log']}`),
        'login ends the renewal',
      );
      release();
      const call = await forced;
      await caller?.exit;
      return call;
    },
  });
}

function foldersDoNotHelp(): void {
  const stateOf = ({ sandbox }: FaultStage) => `${sandbox.home}/.local/state/daypass`;
  fault('C10', 'valid credentials are printed if locks cannot be written', {
    ...{ session: true, tokenRequests: 0 },
    act: (stage) => stage.daypass([], failingFiles(stateOf(stage), 'EROFS', later('+3500'))),
  });
  fault('C10', 'ageing credentials are printed if locks cannot be written', {
    ...{ session: true, tokenRequests: 0 },
    act: (stage) => stage.daypass([], failingFiles(stateOf(stage), 'EROFS', later('+50m'))),
  });
  fault('C12', 'a full disk at the lock ends the call before anything is posted', {
    ...{ session: true, tokenRequests: 0, error: 'io', text: /ENOSPC\nhint: free space/ },
    act: (stage) => {
      stage.hour += 3;
      const env = failingFiles(stateOf(stage), 'ENOSPC', later(`+${stage.hour}h`));
      return stage.daypass(['--non-interactive'], env);
    },
  });
}
