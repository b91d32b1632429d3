// Tabs that come back after the end of their sign-in: cases WP01 to WP03 of docs/threats.md.
import assert from 'node:assert/strict';
import { freePort } from '../support/free-port.ts';
import type { Running } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { type FaultStage, fault } from './fault.ts';
import { allGone, arrive, goOn, type Meeting, withPerson } from './person-in-chromium.ts';

/** Brings the answer of a person who was at the provider when the sign-in ended, and returns the text of the page. */
async function comeBack(meeting: Meeting, end: (meeting: Meeting) => Promise<unknown>): Promise<string> {
  const page = await arrive(meeting);
  await end(meeting);
  await meeting.running.exit;
  await goOn(page);
  assert.equal(await page.title(), 'Sign-in was cancelled – daypass');
  assert.equal(meeting.stage.provider.counts.codeExchange, 0);
  return (await page.textContent('main')) ?? '';
}

fault('WP01', 'a tab comes back after logout, and its code is not used', {
  error: 'cancelled',
  text: /another command \(daypass logout\) ended this sign-in\nhint: run: daypass login/,
  tokenRequests: 0,
  act: withPerson(async (meeting) => {
    const text = await comeBack(meeting, ({ stage }) => stage.daypass(['logout']));
    assert.match(text, /Another command \(daypass logout\) ended this sign-in\.[\s\S]*daypass login/);
  }),
});

fault('WP01', 'a tab comes back after login --force, and the newer tab signs in', {
  error: 'cancelled',
  text: /\(daypass login --force\) replaced this sign-in\nhint: finish the newer sign-in, then run the command again/,
  tabs: 2,
  act: withPerson(async (meeting) => {
    const { stage, context } = meeting;
    let forcing: Running | undefined;
    let link = '';
    const text = await comeBack(meeting, async () => {
      forcing = stage.sandbox.start(['login', '--force', '--profile', 'developer']);
      link = await stage.launcher.nextLink();
    });
    assert.match(
      text,
      /replaced this sign-in\.[\s\S]*Finish the newer sign-in, then run the command again\./,
    );
    await goOn(await arrive({ context, link }));
    assert.equal((await forcing?.exit)?.code, 0);
  }),
});

fault('WP01', 'a tab comes back after ^C, and its code is not used', {
  error: 'cancelled',
  tokenRequests: 0,
  act: async (stage) => {
    const { seen } = await withPerson(async (meeting) => {
      const text = await comeBack(meeting, async ({ running }) => running.kill('SIGINT'));
      assert.match(text, /You cancelled this sign-in\.[\s\S]*daypass login/);
    })(stage);
    return { ...(await stage.daypass()), ...(seen ? { seen } : {}) };
  },
});

/** Signs in, and returns the link when its page alone is kept. */
async function signedIn(stage: FaultStage): Promise<string> {
  const running = stage.sandbox.start(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  await signInOverHttp(link);
  assert.equal((await running.exit).code, 0);
  await allGone(stage);
  return link;
}

/** Begins a sign-in, cancels it with ^C, and returns its link when its page alone is kept. */
async function cancelled(stage: FaultStage): Promise<string> {
  const running = stage.sandbox.start(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  running.kill('SIGINT');
  await running.exit;
  await allGone(stage);
  return link;
}

for (const [what, first, tokenRequests] of [
  ['a sign-in that succeeded', signedIn, 2],
  ['a sign-in that was cancelled', cancelled, 1],
] as const) {
  const port = String(await freePort());
  fault('WP02', `the page of ${what} leaves a fixed port at once to the next sign-in`, {
    keys: { daypass_redirect_port: port },
    prints: /./,
    tabs: 2,
    tokenRequests,
    act: async (stage) => {
      assert.equal(new URL(await first(stage)).port, port);
      assert.equal(stage.sandbox.pageKeepers().length, 1);
      const next = stage.sandbox.runInTerminal(['login', '--force', '--profile', 'developer']);
      const link = await stage.launcher.nextLink();
      assert.equal(new URL(link).port, port);
      await until(() => stage.sandbox.pageKeepers().length === 0, 'the first one has ended');
      await signInOverHttp(link);
      const { terminal, ...result } = await next.exit;
      assert.doesNotMatch(terminal, /waits for its end/);
      return { ...result, seen: { terminal } };
    },
  });
}

fault('WP03', 'a kept page holds up neither the next sign-in nor the end of its own process', {
  prints: /./,
  tabs: 2,
  // The page of a cancelled sign-in is kept for 30 s.
  within: 60_000,
  act: async (stage) => {
    const old = await cancelled(stage);
    const next = stage.sandbox.start(['login', '--profile', 'developer']);
    await signInOverHttp(await stage.launcher.nextLink());
    const result = await next.exit;
    const { body } = await signInOverHttp(old);
    assert.match(body, /Sign-in was cancelled/);
    await until(() => stage.sandbox.pageKeepers().length === 0, 'both pages are kept no longer');
    await assert.rejects(signInOverHttp(old), { code: 'ECONNREFUSED' });
    return { ...result, seen: { body } };
  },
});
