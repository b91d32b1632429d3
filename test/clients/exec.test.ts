// `exec` and `env` serve clients without credential_process support, and other clients too: case C22 of
// docs/threats.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersOf, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { ours } from './matrix.ts';

const profileless = { PROFILE: '', AWS_PROFILE: 'no-such-profile', REQUESTS: '3' };

test('C22 every client under exec uses the keys of its environment', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  // The CRT program uses the provider for processes, which does not read the environment.
  for (const client of stage.clients.filter(({ name }) => !/fromIni|CRT/.test(name))) {
    await t.test(client.name, async () => {
      const cost = await stage.cost(async () => {
        const words = ['exec', '--profile', 'developer', '--', ...client.words];
        // `--profile` wins over AWS_PROFILE, and the client must not get AWS_PROFILE.
        const run = await stage.sandbox.run(words, { env: { ...client.env, ...profileless } });
        assert.deepEqual([run.code, run.stderr], [0, ''], run.stdout);
        if (!client.asks) return;
        assert.equal(
          answersOf(run).filter((answer) => /^ok .*DeveloperAccess/.test(answer)).length,
          3,
          run.stdout,
        );
      });
      assert.deepEqual(cost, { starts: 0, tabs: 0, sts: 0 });
      record('C22 under exec, 3 requests', client.name, cost, { expected: ours(0) });
    });
  }
});

test('C22 boto3 does not send credentials after AWS_CREDENTIAL_EXPIRATION', {
  skip: lacks('boto3'),
}, async (t) => {
  const stage = await openClientStage(t);
  const { stdout } = await stage.daypass(['env', '--format', 'dotenv']);
  const env = Object.fromEntries(
    stdout.split('\n').flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name ? [[name, value]] : [];
    }),
  );
  assert.match(`${env.AWS_CREDENTIAL_EXPIRATION}`, /^\d{4}-/);
  const { words, env: common } = stage.client('boto3');
  const ask = (more: Record<string, string>) =>
    stage.sandbox.runProgram(words, { env: { ...common, ...env, PROFILE: '', REQUESTS: '1', ...more } });
  const cost = await stage.cost(async () => {
    assert.match((await ask({})).stdout, /^ok /);
    assert.match((await ask({ AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' })).stdout, /expired/);
  });
  record('C22 keys of env, valid and expired', 'boto3', cost, {
    expected: ours(0),
    result: 'ok; expired credentials are not sent',
  });
});
