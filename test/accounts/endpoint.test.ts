// Another user of the machine wants credentials from the endpoint of a victim's command, or to keep its clients out.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { openAccountStage } from '../support/account-stage.ts';
import { type Accounts, accountTest } from '../support/accounts.ts';
import { endpointOf, request } from '../support/endpoint-attacks.ts';
import { until } from '../support/until.ts';

async function openEndpoint(t: TestContext, accounts: Accounts) {
  const stage = await openAccountStage(t, accounts);
  const { code, stderr } = await stage.signIn();
  assert.equal(code, 0, stderr);
  const script =
    'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; exec sleep 600';
  const words = ['exec', '--server', '--profile', 'developer', '--', '/bin/sh', '-c', script];
  const call = stage.start(words, { bare: true });
  await until(() => call.stdout().includes('\n'), 'the command runs');
  const [uri = '', token = ''] = call.stdout().trim().split(' ');
  const endpoint = endpointOf(uri, token);
  const [attacker, client] = [await stage.actor(accounts.attacker), await stage.actor(accounts.victim)];
  return {
    ...{ endpoint, attacker },
    async assertServed() {
      const answer = await client.do('send', { port: endpoint.port, text: request(endpoint) });
      assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*"SecretAccessKey":/);
    },
    async end() {
      call.kill('SIGTERM');
      await call.exit;
    },
  };
}

accountTest('a user with the token of a victim gets nothing from its endpoint', async (t, accounts) => {
  const { endpoint, attacker, assertServed, end } = await openEndpoint(t, accounts);
  const { port } = endpoint;
  const text = request(endpoint);
  for (const host of ['127.0.0.1', '::ffff:127.0.0.1']) {
    assert.match(await attacker.do('send', { port, host, text }), /^HTTP\/1\.1 403 /);
    for (const leave of ['close', 'reset', 'half'])
      assert.doesNotMatch(await attacker.do('send', { port, host, text, leave }), /SecretAccessKey/);
  }
  const guess = request(endpoint, { authorization: ['guess'] });
  assert.match(await attacker.do('send', { port, text: guess }), /^HTTP\/1\.1 401 /);
  await assertServed();
  await end();
});

accountTest('the clients of the victim get through connections of another user', async (t, accounts) => {
  const { endpoint, attacker, assertServed, end } = await openEndpoint(t, accounts);
  const { port } = endpoint;
  for (const text of ['', request(endpoint).slice(0, 40)]) {
    await attacker.do('hold', { port, count: 500, text });
    await assertServed();
  }
  await attacker.do('keepHolding', { port, count: 300 });
  for (let times = 0; times < 5; times++) await assertServed();
  await end();
});
