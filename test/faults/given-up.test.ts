// The person or the caller gives up: cases B13 to B15 of docs/threats.md.
import assert from 'node:assert/strict';
import { refusal } from '../support/loopback-attacks.ts';
import { signalAll } from '../support/processes.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type Case, type FaultStage, fault, signIn } from './fault.ts';
import { allGone, arrive, withPerson } from './person-in-chromium.ts';

fault('B13', 'a sign-in that the person ignores times out', {
  error: 'sign-in-timeout',
  tokenRequests: 0,
  act: withPerson(async ({ stage, running, link, wait }) => {
    await wait('+301s');
    await running.exit;
    await allGone(stage);
    await wait('+340s');
    await until(() => stage.sandbox.pageKeepers().length === 0, 'the page is kept no longer');
    assert.equal(await refusal(Number(new URL(link).port)), 'ECONNREFUSED');
  }),
});

fault('B13', 'a sign-in whose tab is closed at the provider times out', {
  error: 'sign-in-timeout',
  text: /\nhint: if the browser shows an error of the provider, check .*; to try again, run: daypass login /,
  tokenRequests: 0,
  act: withPerson(async (meeting) => {
    const page = await arrive(meeting);
    await page.close();
    await meeting.wait('+301s');
  }),
});

/** Ends the caller, lets the person finish, and expects a hit without another tab. */
function survives(end: (stage: FaultStage) => Promise<string>): Case {
  return {
    act: async (stage) => {
      const link = await end(stage);
      const { body } = await signInOverHttp(link);
      assert.match(body, /Signed in/);
      assert.match(body, /Your command stopped waiting: run it again\./);
      assert.doesNotMatch(body, /has its credentials/);
      await allGone(stage);
      return { ...(await stage.daypass(['--non-interactive'])), seen: { page: body } };
    },
  };
}

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
  const what = `the person finishes after ${signal} at the caller, and the next call is a hit`;
  fault(
    signal === 'SIGKILL' ? 'B15' : 'B14',
    what,
    survives(async (stage) => {
      const running = stage.sandbox.start(['--profile', 'developer']);
      const link = await stage.launcher.nextLink();
      running.kill(signal);
      assert.equal((await running.exit).signal, signal);
      return link;
    }),
  );
}

fault(
  'B14',
  'the person finishes after the terminal is closed, and the next call is a hit',
  survives(async (stage) => {
    const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
    await running.waitForTerminal(/127\.0\.0\.1/);
    running.hangUp();
    await running.exit;
    return stage.launcher.nextLink();
  }),
);

fault('B14', '^C ends the sign-in, and the next call gets the same error', {
  error: 'cancelled',
  tokenRequests: 0,
  act: async (stage) => {
    const running = stage.sandbox.runInTerminal(['--profile', 'developer']);
    const link = await stage.launcher.nextLink();
    await running.waitForTerminal(/127\.0\.0\.1/);
    running.type('\x03');
    const { code: status, stdout, terminal } = await running.exit;
    assert.deepEqual({ status, stdout }, { status: 130, stdout: '' });
    await allGone(stage);
    const late = await signInOverHttp(link);
    assert.equal(late.status, 410);
    assert.match(late.body, /Sign-in was cancelled/);
    return { ...(await stage.daypass()), seen: { terminal, page: late.body } };
  },
});

fault('B15', 'the next call opens a new tab after SIGKILL at every process', {
  tabs: 2,
  act: async (stage) => {
    const running = stage.sandbox.start(['--profile', 'developer']);
    const link = await stage.launcher.nextLink();
    signalAll(stage.sandbox.processes(), 'SIGKILL');
    await running.exit;
    await allGone(stage);
    const call = await signIn(stage);
    await assert.rejects(signInOverHttp(link), { code: 'ECONNREFUSED' });
    return call;
  },
});
