// A cancelled sign-in opens no tab, at whatever moment the ^C or the logout comes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectToHolder } from '../../src/state/lock.ts';
import { signInOf } from '../support/held-lock.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { later } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import type { Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';

/** Asserts that no tab was opened, and that the renewal did not try to open one. */
function assertNoTab(stage: Stage, before = 0): void {
  assert.equal(stage.launcher.launches.length, before);
  assert.equal(logged(stage, 'browser').length, before);
}

test('^C during a slow discovery', async (t) => {
  const stage = await openStageFor(t);
  const release = stage.provider.hold('discovery');
  const caller = stage.sandbox.runInTerminal(['--profile', 'developer']);
  await until(() => stage.provider.counts.discovery === 1, 'discovery begins');
  caller.type('\x03');
  assert.equal((await caller.exit).code, 130);
  release();
  await until(() => logged(stage, 'outcome').length === 1, 'the renewal ends');
  assert.equal(logged(stage, 'outcome')[0]?.facts.code, 'cancelled');
  await until(() => stage.sandbox.processes().length === 0, 'all have ended');
  assertNoTab(stage);
});

test('logout during a refresh that the provider then rejects', async (t) => {
  const stage = await openStageFor(t);
  const first = stage.daypass();
  await signInOverHttp(await stage.launcher.nextLink());
  assert.equal((await first).code, 0);
  stage.provider.answer('token', (_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  });
  const release = stage.provider.hold('token');
  const caller = stage.daypass([], later('+3h'));
  await until(() => stage.provider.counts.refresh === 1, 'the refresh begins');
  const logout = stage.daypass(['logout']);
  await until(() => logged(stage, 'cancel').length === 1, 'the renewal is cancelled');
  release();
  assert.equal((await logout).code, 0);
  const { code, stderr } = await caller;
  assert.match(stderr, /^daypass: cancelled: .*\nhint: .*\n$/);
  assert.equal(code, 77);
  await until(() => stage.sandbox.processes().length === 0, 'all have ended');
  assertNoTab(stage, 1);
});

test('logout before the refresh token is spent prevents the refresh', async (t) => {
  const stage = await openStageFor(t);
  const first = stage.daypass();
  await signInOverHttp(await stage.launcher.nextLink());
  assert.equal((await first).code, 0);
  const before = stage.provider.counts.discovery;
  const release = stage.provider.hold('discovery');
  const caller = stage.daypass([], later('+3h'));
  await until(() => stage.provider.counts.discovery === before + 1, 'the renewal asks the provider');
  const logout = stage.daypass(['logout']);
  await until(() => logged(stage, 'cancel').length === 1, 'the renewal is cancelled');
  release();
  assert.equal((await logout).code, 0);
  assert.match((await caller).stderr, /^daypass: cancelled: /);
  assert.equal(stage.provider.counts.refresh, 0);
  assertNoTab(stage, 1);
});

for (const by of [undefined, 'constructor']) {
  test(`a program that does not say who it is cancels too (${by})`, async (t) => {
    const stage = await openStageFor(t);
    const call = stage.daypass();
    await stage.launcher.nextLink();
    const folder = join(stage.sandbox.home, '.local/state/daypass', signInOf(stage));
    const holder = await connectToHolder(folder, 'renewal');
    holder?.write(`${JSON.stringify({ type: 'cancel', by })}\n`);
    const { code, stderr } = await call;
    holder?.destroy();
    assert.match(
      stderr,
      /^daypass: cancelled: another command ended this sign-in\nhint: run: daypass login /,
    );
    assert.equal(code, 77);
  });
}
