// exec --server: the command gets an endpoint instead of keys, and the endpoint ends with the command.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { leaveRefreshToken } from '../support/aged-credentials.ts';
import { endpointOf, request, served } from '../support/endpoint-attacks.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { refusal } from '../support/loopback-attacks.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startServing } from '../support/serving.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { roleArn, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

const keys = { daypass_browser: signInProgram };

test('exec --server signs in first, gives the command an endpoint and a region, and no keys', async (t) => {
  const { sandbox, provider } = await openStageFor(t, { keys });
  const { stdout, code, stderr } = await sandbox.run(
    ['exec', '--server', '--profile', 'developer', '--', '/bin/sh', '-c', 'env; umask; exit 7'],
    {
      env: {
        AWS_PROFILE: 'other',
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'of another',
        AWS_SESSION_TOKEN: 'of another',
        AWS_CREDENTIAL_EXPIRATION: '2030-01-01T00:00:00Z',
        AWS_ACCESS_KEY: 'of another',
        AWS_SECRET_KEY: 'of another',
        AMAZON_ACCESS_KEY_ID: 'of another',
        AMAZON_SECRET_ACCESS_KEY: 'of another',
        AMAZON_SESSION_TOKEN: 'of another',
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/another',
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/another',
      },
    },
  );
  assert.deepEqual([code, stderr], [7, '']);
  const aws = stdout.split('\n').filter((line) => /^(AWS|AMAZON|DAYPASS)_/.test(line));
  assert.deepEqual(aws.map((line) => line.split('=', 1)[0]).sort(), [
    'AWS_CONTAINER_AUTHORIZATION_TOKEN',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_DEFAULT_REGION',
    'AWS_REGION',
    'DAYPASS_SET_REGION',
  ]);
  assert.match(stdout, /^AWS_CONTAINER_CREDENTIALS_FULL_URI=http:\/\/127\.0\.0\.1:\d+\/credentials$/m);
  assert.equal(provider.counts.codeExchange, 1);
});

test('200 requests at once, of which each finds an expired session, cost one renewal and no tab', async (t) => {
  const stage = await openStageFor(t, { keys });
  const { provider, sts, keyring } = stage;
  const serving = await startServing(stage);
  const first = await served(serving);
  assert.equal(first.RoleArn, roleArn);
  const before = { ...provider.counts, sts: sts.calls.length, looks: logged(stage, 'looked').length };
  await leaveRefreshToken(keyring);
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: 200 }, () => served(serving)));
  const took = Math.round(performance.now() - began);
  assert.deepEqual(new Set(answers.map(({ AccessKeyId }) => AccessKeyId)).size, 1);
  assert.notEqual(answers[0]?.AccessKeyId, first.AccessKeyId);
  const cost = {
    refreshes: provider.counts.refresh - before.refresh,
    signIns: provider.counts.authorization - before.authorization,
    sts: sts.calls.length - before.sts,
  };
  const looks = logged(stage, 'looked').length - before.looks;
  t.diagnostic(`200 answers after ${took} ms: ${JSON.stringify(cost)}, ${looks} looks into the store`);
  assert.deepEqual(cost, { refreshes: 1, signIns: 0, sts: 1 });
  assert.ok(looks <= 3, `${looks} looks`);
  assert.equal((await serving.end()).code, 0);
  const log = readFileSync(join(stage.sandbox.home, 'daypass.log'), 'utf8');
  assert.ok(!log.includes(serving.token), 'the token is in the log');
});

test('the endpoint ends with the command, also for requests that wait, and with daypass', async (t) => {
  const stage = await openStageFor(t, { keys });
  const serving = await startServing(stage);
  await leaveRefreshToken(stage.keyring);
  const release = stage.sts.hold();
  const waiting = sendRaw(serving.port, request(serving));
  await until(() => stage.sts.calls.length === 2, 'STS is asked');
  assert.equal((await serving.end()).code, 0);
  assert.equal((await waiting).raw, '');
  assert.equal(await refusal(serving.port), 'ECONNREFUSED');
  release();
  // The command outlives a daypass that was killed, and finds nothing to ask.
  const killed = await startServing(stage);
  killed.running.kill('SIGKILL');
  await until(() => killed.running.child.signalCode !== null, 'daypass is killed');
  assert.equal(await refusal(killed.port), 'ECONNREFUSED');
  const [child] = stage.sandbox.processes().filter(({ command }) => command.startsWith('/bin/sh'));
  assert.ok(child);
  process.kill(child.pid, 'SIGTERM');
  await killed.running.exit;
});

test('a sign-in while the command runs shows its link once, for all requests that wait', async (t) => {
  const stage = await openStageFor(t);
  const { sandbox, launcher, provider, keyring } = stage;
  const script =
    'echo "at $AWS_CONTAINER_CREDENTIALS_FULL_URI with $AWS_CONTAINER_AUTHORIZATION_TOKEN." > /dev/tty; read line < /dev/tty';
  const words = ['exec', '--server', '--profile', 'developer', '--', '/bin/sh', '-c', script];
  const running = sandbox.runInTerminal(words);
  await signInOverHttp(await launcher.nextLink());
  const [, uri = '', token = ''] = await running.waitForTerminal(/at (http\S+) with ([\w-]+)\./);
  const endpoint = endpointOf(uri, token);
  await leaveRefreshToken(keyring);
  provider.answer('token', (_request, response) => {
    provider.answer('token', undefined);
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  });
  const answers = Promise.all([served(endpoint), served(endpoint), served(endpoint)]);
  await signInOverHttp(await launcher.nextLink());
  await answers;
  running.type('\r');
  const { code, terminal } = await running.exit;
  assert.equal(code, 0);
  const [, during = ''] = terminal.split(`${token}.`);
  assert.equal(during.match(/daypass: signing in as developer/g)?.length, 1, during);
  assert.match(during, /why: /);
  assert.equal(during.match(/Signed in as ada@example\.com/g)?.length, 1, during);
  assert.equal(launcher.launches.length, 2);
});
