// A program runs longer than three sessions of an STS that issues ones of 66 s. daypass accepts none of a minute or less.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';

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
