// Time passes: a program runs longer than three sessions, and a laptop sleeps during a refresh, for SOAK_SLEEP (120)
// seconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { logged, onlyRenewal, openStageFor } from '../support/logging-stage.ts';
import { later } from '../support/other-clock.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

const sleepSeconds = Number(process.env.SOAK_SLEEP ?? 120);

/** The seconds of each session. daypass accepts none of a minute or less. */
const lifetime = 66;

/** Requests credentials once a second, and prints the keys and errors that it got. */
const program = `
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } = process.env;
  const seen = { requests: 0, failures: [], keys: [], expired: 0 };
  const end = Date.now() + ${3 * lifetime * 1000};
  while (Date.now() < end) {
    seen.requests++;
    const response = await fetch(uri, { headers: { authorization } });
    const answer = await response.json();
    if (response.status !== 200) seen.failures.push(answer);
    else {
      if (!seen.keys.includes(answer.AccessKeyId)) seen.keys.push(answer.AccessKeyId);
      if (Date.parse(answer.Expiration) <= Date.now()) seen.expired++;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  console.log(JSON.stringify(seen));
`;

test('a program that outlives three sessions never gets an error from exec --server', async (t) => {
  const stage = await openStageFor(t);
  stage.sts.sessionSeconds = lifetime;
  const words = ['exec', '--server', '--profile', 'developer', '--'];
  const child = [process.execPath, '--input-type=module', '--eval', program];
  const limit = 10 * 60_000;
  const running = stage.sandbox.run([...words, ...child], { timeoutMs: limit, longestMs: limit });
  await signInOverHttp(await stage.launcher.nextLink());
  const { stdout, stderr, code } = await running;
  assert.equal(code, 0, stderr);
  const { requests, failures, keys, expired } = JSON.parse(stdout);
  const { provider, sts, launcher } = stage;
  const { refresh, reuse } = provider.counts;
  const calls = `${refresh} refreshes, ${sts.calls.length} calls of STS`;
  t.diagnostic(`${requests} requests, ${keys.length} sessions, ${calls}`);
  assert.deepEqual(failures, []);
  assert.equal(expired, 0);
  assert.ok(keys.length >= 4, `the program got ${keys.length} sessions`);
  assert.equal(launcher.launches.length, 1);
  assert.equal(reuse, 0);
  // One for the sign-in, and one for each renewal.
  assert.equal(sts.calls.length, keys.length);
});

test(`a laptop that sleeps ${sleepSeconds} s during a refresh causes no second refresh and no longer wait`, async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const { provider, sandbox, sts } = stage;
  assert.equal((await stage.daypass()).code, 0);
  const env = later('+2h');
  const release = provider.hold('token');
  const caller = sandbox.start(['--profile', 'developer', '--timeout', '5'], { env });
  await until(() => provider.counts.refresh === 1, 'the refresh begins');
  const renewal = await onlyRenewal(stage);
  process.kill(renewal.pid, 'SIGSTOP');
  const woken = sleep(sleepSeconds * 1000);
  release();
  // They end by their own deadlines: the renewal goes on later.
  const waiting = Array.from({ length: 10 }, () => stage.daypass(['--timeout', '5'], env));
  for (const { code, stdout, stderr } of await Promise.all([caller.exit, ...waiting])) {
    assert.deepEqual({ code, stdout }, { code: 75, stdout: '' });
    assert.match(stderr, /^daypass: renewal-running: /);
  }
  await woken;
  process.kill(renewal.pid, 'SIGCONT');
  await until(() => logged(stage, 'outcome').length === 2, 'the renewal ends');
  const { code, stderr } = await stage.daypass([], env);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const { authorization, refresh, reuse } = provider.counts;
  assert.deepEqual(
    { authorization, refresh, reuse, sts: sts.calls.length },
    { authorization: 1, refresh: 1, reuse: 0, sts: 2 },
  );
});
