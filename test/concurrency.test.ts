// Many callers share one sign-in, whatever they do. All processes are real. The tests count tabs at the
// launcher, code exchanges and refreshes at the provider, and sessions at STS.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertVersion1 } from './support/credentials-format.ts';
import { killRenewals, logged, onlyRenewal, openStageFor } from './support/logging-stage.ts';
import { later, settableClock, wakeForClock } from './support/other-clock.ts';
import { daypassCommand, type Running, type RunResult, testedProgram } from './support/sandbox.ts';
import { signInOverHttp } from './support/sign-in-over-http.mjs';
import { roleArn, type Stage } from './support/stage.ts';
import type { Trust } from './support/sts/web-identity.ts';
import { startTerminal } from './support/terminal-run.ts';
import { until } from './support/until.ts';

test('100 callers without a session cause one tab, one code exchange, one STS call and 100 identical lines', async (t) => {
  const stage = await openStageFor(t);
  const callers = startCallers(stage, 100);
  const link = await stage.launcher.nextLink();
  // All callers wait before the person continues: one has started the renewal, the others have joined it.
  await until(() => logged(stage, 'joined').length === 99, 'the others join');
  await signInOverHttp(link);
  assertAllAlike(await ended(callers));
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
  assert.equal(logged(stage, 'lock-taken').length, 1);
  assert.ok(logged(stage, 'renewal-started').length <= 3);
});

test('100 callers with expired credentials and a refresh token cause no tab, one refresh and 100 identical lines', async (t) => {
  const stage = await openStageFor(t);
  await signIn(stage);
  assertAllAlike(await ended(startCallers(stage, 100, { env: later('+3h') })));
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 1, reuse: 0, sts: 2 });
  assert.ok(logged(stage, 'renewal-started').length <= 1 + 3);
});

test('100 calls with ageing credentials print the stored keys and cause one renewal, and the next call prints new keys', async (t) => {
  const stage = await openStageFor(t);
  const { stdout: stored } = await signIn(stage);
  const release = stage.sts.hold();
  // The credentials have 15 of 60 minutes left.
  const env = later('+45m');
  for (const result of await ended(startCallers(stage, 100, { env }))) {
    assert.deepEqual(result, { code: 0, signal: null, stdout: stored, stderr: '' });
  }
  assert.equal(logged(stage, 'lock-taken').length, 1 + 1);
  assert.ok(logged(stage, 'renewal-started').length <= 1 + 3);
  release();
  await until(() => logged(stage, 'outcome').length === 2, 'the renewal ends');
  const next = await stage.daypass([], env);
  assert.equal(next.code, 0);
  assert.notEqual(next.stdout, stored);
  assertVersion1(next.stdout);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 2 });
});

test('50 callers for each of two roles of one sign-in cause one tab, one code exchange and two STS calls', async (t) => {
  const stage = await openStageFor(t);
  addSecondRole(stage);
  const callers = [startCallers(stage, 50), startCallers(stage, 50, { profile: 'admin' })] as const;
  const link = await stage.launcher.nextLink();
  await until(() => logged(stage, 'joined').length === 99, 'the others join');
  await signInOverHttp(link);
  for (const group of callers) assertAllAlike(await ended(group));
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 2 });
  assert.deepEqual(stage.sts.calls.map((call) => call.roleArn).sort(), [adminRoleArn, roleArn]);
});

test('a role that STS denies does not affect another role of the same sign-in', async (t) => {
  const stage = await openStageFor(t);
  addSecondRole(stage);
  stage.trust.pop();
  const [developers, admins] = [startCallers(stage, 10), startCallers(stage, 10, { profile: 'admin' })];
  const link = await stage.launcher.nextLink();
  await until(() => logged(stage, 'joined').length === 19, 'the others join');
  await signInOverHttp(link);
  assertAllAlike(await ended(developers));
  for (const result of await ended(admins)) assertFailed(result, 77, 'trust-policy');
  // The cool-down stops callers that allow no browser, while the other role works.
  const later = await stage.sandbox.run(['--profile', 'admin', '--non-interactive']);
  assertFailed(later, 77, 'trust-policy');
  assert.equal((await stage.daypass()).code, 0);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 2 });
});

test('a caller that allows no browser ends with 2 at once, and another caller gets its tab', async (t) => {
  const stage = await openStageFor(t);
  const first = startCaller(stage, { args: ['--non-interactive'] });
  const second = startCaller(stage);
  assertFailed(await first.exit, 2, 'sign-in-needed');
  await signInOverHttp(await stage.launcher.nextLink());
  assert.equal((await second.exit).code, 0);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
});

test('a caller without a browser ends with 2 after its silent renewal fails, and a caller that joined it gets the tab', async (t) => {
  const stage = await openStageFor(t);
  await signIn(stage);
  stage.provider.answer('token', (_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  });
  const release = stage.provider.hold('token');
  const env = later('+3h');
  const first = startCaller(stage, { args: ['--non-interactive'], env });
  await until(() => stage.provider.counts.refresh === 1, 'the refresh begins');
  const second = startCaller(stage, { env });
  await until(() => logged(stage, 'joined').length === 1, 'the second joins');
  release();
  assertFailed(await first.exit, 2, 'sign-in-needed');
  const link = await stage.launcher.nextLink();
  stage.provider.answer('token', undefined);
  await signInOverHttp(link);
  assert.equal((await second.exit).code, 0);
  assert.equal(logged(stage, 'renewal-started').length, 1 + 1);
  assert.deepEqual(costs(stage), { tabs: 2, exchanges: 2, refreshes: 1, reuse: 0, sts: 2 });
});

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGHUP'] as const) {
  test(`a sign-in survives ${signal} at its caller: the person finishes, and the next call is a hit`, async (t) => {
    const stage = await openStageFor(t);
    const caller = startCaller(stage);
    const link = await stage.launcher.nextLink();
    caller.kill(signal);
    assert.equal((await caller.exit).signal, signal);
    await assertFinishesLater(stage, link);
  });
}

test('a sign-in survives a closed terminal: the person finishes, and the next call is a hit', async (t) => {
  const stage = await openStageFor(t);
  const caller = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  await caller.waitForTerminal(/127\.0\.0\.1/);
  caller.hangUp();
  await caller.exit;
  await assertFinishesLater(stage, link);
});

test('^C ends the sign-in, and later calls get the same error without a tab until login', async (t) => {
  const stage = await openStageFor(t);
  const caller = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  await caller.waitForTerminal(/127\.0\.0\.1/);
  caller.type('\x03');
  assert.equal((await caller.exit).code, 130);
  await until(() => logged(stage, 'outcome').length === 1, 'the renewal ends');
  assert.equal(logged(stage, 'outcome')[0]?.facts.code, 'cancelled');
  assert.match((await signInOverHttp(link)).body, /Sign-in was cancelled/);
  for (const result of await ended(startCallers(stage, 5))) assertFailed(result, 77, 'cancelled');
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 0, refreshes: 0, reuse: 0, sts: 0 });
  await login(stage);
  assert.equal((await stage.daypass()).code, 0);
});

test('^C of one caller does not end the sign-in of the others', async (t) => {
  const stage = await openStageFor(t);
  const caller = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  await caller.waitForTerminal(/127\.0\.0\.1/);
  const others = startCallers(stage, 3);
  await until(() => logged(stage, 'joined').length === 3, 'the others join');
  caller.type('\x03');
  assert.equal((await caller.exit).code, 130);
  await signInOverHttp(link);
  assertAllAlike(await ended(others));
  assert.equal(stage.launcher.launches.length, 1);
});

test('50 waiters and 50 later callers report a denied sign-in with one tab, and all succeed after login', async (t) => {
  const stage = await openStageFor(t);
  const callers = startCallers(stage, 50);
  const link = await stage.launcher.nextLink();
  await until(() => logged(stage, 'joined').length === 49, 'the others join');
  await signInOverHttp(link, { decision: 'deny' });
  for (const result of await ended(callers)) assertFailed(result, 77, 'denied');
  for (const result of await ended(startCallers(stage, 50))) assertFailed(result, 77, 'denied');
  assert.equal(stage.launcher.launches.length, 1);
  await login(stage);
  assertAllAlike(await ended(startCallers(stage, 20)));
  assert.deepEqual(costs(stage), { tabs: 2, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
});

test('--timeout ends one wait, and the sign-in stays open for the next caller', async (t) => {
  const stage = await openStageFor(t);
  const clock = settableClock(join(stage.sandbox.home, '..', 'clock'), { timers: true });
  const waitFor = (seconds: string) => startCaller(stage, { args: ['--timeout', seconds], env: clock.env });
  const hasty = waitFor('100');
  const link = await stage.launcher.nextLink();
  const patient = waitFor('250');
  await until(() => logged(stage, 'link-told').length === 2, 'both know the link');
  clock.set('+150s');
  wakeForClock([hasty, patient]);
  assertFailed(await hasty.exit, 75, 'sign-in-open');
  const next = waitFor('100');
  await until(() => logged(stage, 'link-told').length === 3, 'the next call joins');
  await signInOverHttp(link);
  for (const { code } of await ended([patient, next])) assert.equal(code, 0);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
});

test('all waiters report a timeout 300 s after the last of them came if the person does not sign in', async (t) => {
  const stage = await openStageFor(t);
  const clock = settableClock(join(stage.sandbox.home, '..', 'clock'), { timers: true });
  const come = (count: number) => startCallers(stage, count, { args: ['--timeout', '3600'], env: clock.env });
  const callers = come(2);
  const link = await stage.launcher.nextLink();
  // A caller that has no answer yet would take the jump of the clock for the silence of a foreign process.
  await until(() => logged(stage, 'link-told').length === 2, 'both know of the sign-in');
  const wait = async (offset: string) => {
    clock.set(offset);
    // Two requests are needed: the first one wakes the process only after its answer.
    for (let turn = 0; turn < 2; turn++) await fetch(new URL('/', link)).catch(() => {});
  };
  await wait('+200s');
  callers.push(...come(1));
  await until(() => logged(stage, 'link-told').length === 3, 'the third knows of the sign-in');
  // The renewal reads that message before it answers these requests.
  await wait('+200s');
  await wait('+480s');
  assert.equal(logged(stage, 'outcome').length, 0);
  await wait('+510s');
  for (const result of await ended(callers)) assertFailed(result, 77, 'sign-in-timeout');
  assert.equal(stage.launcher.launches.length, 1);
});

test('all waiters report at once that the renewal was killed, and the next call opens a new tab', async (t) => {
  const stage = await openStageFor(t);
  const callers = startCallers(stage, 10);
  await stage.launcher.nextLink();
  // A caller that has not joined would try once more.
  await until(() => logged(stage, 'link-told').length === 10, 'all know of the sign-in');
  const [taken] = logged(stage, 'lock-taken');
  assert.ok(taken);
  process.kill(taken.pid, 'SIGKILL');
  for (const result of await ended(callers)) assertFailed(result, 70, 'renewal-died');
  assert.equal(stage.launcher.launches.length, 1);
  await signIn(stage);
  assert.deepEqual(costs(stage), { tabs: 2, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
});

test('logout ends an open sign-in', async (t) => {
  const stage = await openStageFor(t);
  const caller = startCaller(stage);
  const link = await stage.launcher.nextLink();
  assert.equal((await stage.daypass(['logout'])).code, 0);
  assertFailed(await caller.exit, 77, 'cancelled');
  assert.match((await signInOverHttp(link)).body, /Sign-in was cancelled/);
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
});

test('logout deletes and revokes the results of a running silent renewal', async (t) => {
  const stage = await openStageFor(t);
  await signIn(stage);
  const release = stage.provider.hold('token');
  const caller = startCaller(stage, { env: later('+3h') });
  await until(() => stage.provider.counts.refresh === 1, 'the refresh begins');
  const logout = stage.daypass(['logout']);
  await until(
    () => logged(stage, 'called').some(({ facts }) => facts.command === 'logout'),
    'the logout begins',
  );
  release();
  assert.equal((await logout).code, 0);
  await caller.exit;
  await until(() => stage.sandbox.processes().length === 0, 'all have ended');
  assert.deepEqual(await stage.keyring.accounts('daypass'), []);
  assert.equal(await stage.provider.accepts(stage.provider.latestRefreshToken() ?? ''), false);
});

test('callers wait for the end of a slow logout and then start a new sign-in', async (t) => {
  const stage = await openStageFor(t);
  const { provider, launcher } = stage;
  await signIn(stage);
  const release = provider.hold('revocation');
  const logout = stage.daypass(['logout']);
  await until(() => provider.counts.revocation === 1, 'the revocation begins');
  const callers = startCallers(stage, 5, { env: later('+3h') });
  await until(() => new Set(logged(stage, 'joined').map(({ pid }) => pid)).size === 5, 'everyone has come');
  const patient = startCaller(stage, { env: later('+3h'), args: ['--timeout', '1'] });
  assertFailed(await patient.exit, 75, 'renewal-running');
  assert.equal(logged(stage, 'joined').length, 6);
  release();
  assert.equal((await logout).code, 0);
  await signInOverHttp(await launcher.nextLink());
  assertAllAlike(await ended(callers));
  assert.deepEqual(costs(stage), { tabs: 2, exchanges: 2, refreshes: 0, reuse: 0, sts: 2 });
});

test('login joins an open sign-in and shows it again; login --force replaces it', async (t) => {
  const stage = await openStageFor(t);
  const caller = startCaller(stage);
  const link = await stage.launcher.nextLink();
  const joining = startCaller(stage, { args: ['login'] });
  assert.equal(await stage.launcher.nextLink(), link);
  const forcing = startCaller(stage, { args: ['login', '--force'] });
  const newLink = await stage.launcher.nextLink();
  assert.notEqual(newLink, link);
  assertFailed(await caller.exit, 77, 'cancelled');
  // It has already printed the link on stdout.
  assert.match((await joining.exit).stderr, /^daypass: cancelled: /);
  assert.match((await signInOverHttp(link)).body, /Sign-in was cancelled/);
  await signInOverHttp(newLink);
  assert.equal((await forcing.exit).code, 0);
  assert.equal((await stage.daypass()).code, 0);
  assert.deepEqual(costs(stage), { tabs: 3, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
});

test('calls print the stored keys with 500 s left while the token endpoint is down, with one attempt a minute', async (t) => {
  const stage = await openStageFor(t, { idTokenTtl: 300 });
  const { stdout } = await signIn(stage);
  stage.provider.answer('token', (_request, response) => {
    response.writeHead(503).end();
  });
  const kept = { code: 0, signal: null, stdout, stderr: '' };
  for (const [seconds, attempts] of [
    [3100, 1],
    [3110, 1],
    [3150, 1],
    [3170, 2],
    [3175, 2],
  ] as const) {
    for (const result of await ended(startCallers(stage, 3, { env: later(`+${seconds}s`) }))) {
      assert.deepEqual(result, kept);
    }
    const settled = () => logged(stage, 'outcome').length === 1 + attempts;
    await until(settled, `attempt ${attempts} ends`);
    await until(() => stage.sandbox.processes().length === 0, 'all have ended');
    assert.equal(logged(stage, 'lock-taken').length, 1 + attempts);
  }
  const failures = logged(stage, 'outcome').slice(1);
  assert.deepEqual(
    failures.map(({ facts }) => facts.code),
    ['provider-failed', 'provider-failed'],
  );
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 2, reuse: 0, sts: 1 });
});

test('a call tries a refresh with a minute left, then prints the stored keys if the token endpoint is down', async (t) => {
  const stage = await openStageFor(t);
  const { stdout } = await signIn(stage);
  stage.provider.answer('token', (_request, response) => {
    response.writeHead(503).end();
  });
  for (const result of await ended(startCallers(stage, 20, { env: later('+59m') }))) {
    assert.deepEqual(result, { code: 0, signal: null, stdout, stderr: '' });
  }
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 1, reuse: 0, sts: 1 });
});

test('all callers report the same error without a tab if the token endpoint is down and the credentials have expired', async (t) => {
  const stage = await openStageFor(t);
  await signIn(stage);
  stage.provider.answer('token', (_request, response) => {
    response.writeHead(503).end();
  });
  const release = stage.provider.hold('token');
  const callers = startCallers(stage, 50, { env: later('+3h') });
  await until(() => logged(stage, 'joined').length === 49, 'the others join');
  release();
  for (const result of await ended(callers)) assertFailed(result, 69, 'provider-failed');
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 1, reuse: 0, sts: 1 });
});

test('the person signs in again after a refresh that lost its answer, and the terminal says why', async (t) => {
  const stage = await openStageFor(t);
  const { provider, sandbox } = stage;
  await signIn(stage);
  const release = provider.hold('token');
  const caller = startCaller(stage, { env: later('+3h') });
  await until(() => provider.counts.refresh === 1, 'the refresh begins');
  caller.kill('SIGKILL');
  await caller.exit;
  const spent = provider.latestRefreshToken();
  killRenewals(stage);
  // The answer must come before the provider notices the closed connection.
  release();
  await until(() => provider.latestRefreshToken() !== spent, 'the provider rotates the token');

  const next = sandbox.runInTerminal(['--profile', 'developer'], { env: later('+3h') });
  await next.waitForTerminal(/the last renewal ended before it could save the new refresh token/);
  await signInOverHttp(await stage.launcher.nextLink());
  const { code, stderr } = await next.exit;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal((await stage.daypass(['--non-interactive'], later('+6h'))).code, 0);
  assert.deepEqual(costs(stage), { tabs: 2, exchanges: 2, refreshes: 3, reuse: 1, sts: 3 });
});

test('the rotated token is kept and the spent one is not posted again if the keys cannot be read after a refresh', async (t) => {
  const stage = await openStageFor(t);
  const { provider } = stage;
  await signIn(stage);
  // The provider serves other keys before the refresh, and none after it.
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const another = { ...publicKey.export({ format: 'jwk' }), kid: 'another', use: 'sig' };
  provider.answer('jwks', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [another] }));
    // Each time: a client may send the request once more if a reused connection was cut.
    provider.answer('jwks', (_request, { socket }) => void socket?.destroy());
  });
  const first = await stage.daypass(['--non-interactive'], later('+3h'));
  provider.answer('jwks', undefined);
  // The cool-down of a failed silent renewal is a minute.
  const second = await stage.daypass(['--non-interactive'], later('+4h'));
  assert.deepEqual([first.code, second.code], [69, 0], first.stderr);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 2, reuse: 0, sts: 2 });
});

test('each terminal shows the link once, however many callers wait there', async (t) => {
  const stage = await openStageFor(t);
  const { sandbox } = stage;
  const five = startTerminal(
    [
      '/bin/sh',
      '-c',
      'for n in 1 2 3 4 5; do "$@" & done; wait',
      'sh',
      ...testedProgram.words,
      '--profile',
      'developer',
    ],
    { folder: join(sandbox.home, '..', 'five'), cwd: sandbox.home, env: sandbox.env },
  );
  const link = await stage.launcher.nextLink();
  const one = sandbox.runInTerminal(['--profile', 'developer']);
  await until(() => logged(stage, 'joined').length === 5, 'the others join');
  await one.waitForTerminal(/127\.0\.0\.1/);
  await signInOverHttp(link);
  for (const [terminal, lines] of [
    [await five.exit, 5],
    [await one.exit, 1],
  ] as const) {
    assert.equal(terminal.code, 0);
    assert.equal(terminal.terminal.split(link).length - 1, 1, terminal.terminal);
    assert.equal(terminal.stdout.split('\n').length - 1, lines);
    assert.equal(terminal.stderr, '');
  }
});

test('the sign-in continues if the last other caller is killed after ^C', async (t) => {
  const stage = await openStageFor(t);
  const caller = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  await caller.waitForTerminal(/127\.0\.0\.1/);
  const other = startCaller(stage);
  await until(() => logged(stage, 'joined').length === 1, 'the other joins');
  caller.type('\x03');
  assert.equal((await caller.exit).code, 130);
  other.kill('SIGKILL');
  await other.exit;
  await assertFinishesLater(stage, link);
});

test('the sign-in continues if the next caller is killed after ^C before the renewal knows of it', async (t) => {
  const stage = await openStageFor(t);
  const { link, other, goOn } = await interruptUnheard(stage);
  other.kill('SIGKILL');
  await other.exit;
  goOn();
  await assertFinishesLater(stage, link);
});

test('the sign-in continues for a caller that joined before ^C, even if the renewal did not know of it', async (t) => {
  const stage = await openStageFor(t);
  const { link, other, goOn } = await interruptUnheard(stage);
  goOn();
  await signInOverHttp(link);
  assertAllAlike([await other.exit]);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
});

test('20 waiters get their credentials if the caller that started the renewal is killed', async (t) => {
  const stage = await openStageFor(t);
  const starter = startCaller(stage);
  const link = await stage.launcher.nextLink();
  const others = startCallers(stage, 20);
  await until(() => logged(stage, 'joined').length === 20, 'the others join');
  starter.kill('SIGKILL');
  await starter.exit;
  await signInOverHttp(link);
  assertAllAlike(await ended(others));
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
});

test('AWS_PROFILE may name the profile that runs daypass, without recursion', async (t) => {
  const stage = await openStageFor(t);
  const { sandbox } = stage;
  sandbox.writeConfig(`${stage.config()}credential_process = ${daypassCommand} --profile developer\n`);
  const env = {
    AWS_PROFILE: 'developer',
    AWS_CONFIG_FILE: join(sandbox.home, '.aws', 'config'),
    _AWS_CLI_PROFILE_CHAIN: 'developer',
  };
  const caller = sandbox.start([], { env });
  await signInOverHttp(await stage.launcher.nextLink());
  assert.equal((await caller.exit).code, 0);
  const renewed = await sandbox.run([], { env: { ...env, ...later('+3h') } });
  assert.equal(renewed.code, 0, renewed.stderr);
  assert.equal(logged(stage, 'called').length, 2);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 1, reuse: 0, sts: 2 });
});

const adminRoleArn = 'arn:aws:iam::123456789012:role/Admin';

/** Adds a profile `admin` for another role of the same sign-in. */
function addSecondRole({ sandbox, config, trust }: Stage): void {
  const source = 'daypass_source_profile = developer';
  sandbox.writeConfig(`${config()}[profile admin]\n${source}\ndaypass_role_arn = ${adminRoleArn}\n`);
  trust.push({ ...(trust[0] as Trust), roleArn: adminRoleArn });
}

/**
 * Presses ^C at a caller after another one has joined. The renewal is stopped until `goOn` and knows neither.
 */
async function interruptUnheard(stage: Stage): Promise<{ link: string; other: Running; goOn: () => void }> {
  const caller = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  await caller.waitForTerminal(/127\.0\.0\.1/);
  const { pid } = await onlyRenewal(stage);
  process.kill(pid, 'SIGSTOP');
  const other = startCaller(stage);
  await until(() => logged(stage, 'joined').length === 1, 'the other joins');
  caller.type('\x03');
  assert.equal((await caller.exit).code, 130);
  return { link, other, goOn: () => void process.kill(pid, 'SIGCONT') };
}

/** Lets the person finish without a waiter, and expects that the next call is a hit. */
async function assertFinishesLater(stage: Stage, link: string): Promise<void> {
  const { body } = await signInOverHttp(link);
  assert.match(body, /Signed in/);
  const next = await stage.daypass(['--non-interactive']);
  assert.equal(next.code, 0, next.stderr);
  assertVersion1(next.stdout);
  assert.deepEqual(costs(stage), { tabs: 1, exchanges: 1, refreshes: 0, reuse: 0, sts: 1 });
}

/** Makes the first sign-in, from the tab to the printed line. */
async function signIn(stage: Stage): Promise<RunResult> {
  const caller = startCaller(stage);
  await signInOverHttp(await stage.launcher.nextLink());
  const result = await caller.exit;
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** Runs `login` and finishes the sign-in. */
async function login(stage: Stage): Promise<void> {
  const caller = startCaller(stage, { args: ['login'] });
  await signInOverHttp(await stage.launcher.nextLink());
  const result = await caller.exit;
  assert.equal(result.code, 0, result.stderr);
}

function startCaller(stage: Stage, options: CallerOptions = {}): Running {
  const [caller] = startCallers(stage, 1, options);
  return caller as Running;
}

interface CallerOptions {
  args?: string[];
  env?: Record<string, string>;
  profile?: string;
}

function startCallers(
  { sandbox }: Stage,
  count: number,
  { args = [], env = {}, profile = 'developer' }: CallerOptions = {},
): Running[] {
  return Array.from({ length: count }, () => sandbox.start([...args, '--profile', profile], { env }));
}

function ended(callers: Running[]): Promise<RunResult[]> {
  return Promise.all(callers.map(({ exit }) => exit));
}

/** Asserts that all callers succeed with the same line and an empty stderr. */
function assertAllAlike(results: RunResult[]): void {
  for (const { code, stderr } of results) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const lines = new Set(results.map(({ stdout }) => stdout));
  assert.equal(lines.size, 1);
  for (const line of lines) assertVersion1(line);
}

function assertFailed({ code, stdout, stderr }: RunResult, exitCode: number, word: string): void {
  assert.deepEqual({ code, stdout }, { code: exitCode, stdout: '' }, stderr);
  assert.match(stderr, new RegExp(`^(daypass: ${word}: .*\\n)+hint: .*\\n$`));
}

/** Returns the counts of tabs, requests and sessions so far. */
function costs({ launcher, provider, sts }: Stage) {
  const { codeExchange, refresh, reuse } = provider.counts;
  return {
    tabs: launcher.launches.length,
    exchanges: codeExchange,
    refreshes: refresh,
    reuse,
    sts: sts.calls.length,
  };
}
