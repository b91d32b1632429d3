// C1: a session in the keychain.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertWell, openClientStage, record } from './client-stage.ts';

test('C1 with a session in the keychain, every client is answered by it, with nothing on stderr', async (t) => {
  const stage = await openClientStage(t);
  assert.equal((await stage.daypass()).code, 0);
  for (const client of stage.clients) {
    await t.test(client.name, async () => {
      const requests = client.asks ? 3 : 1;
      const run = await stage.run(client, { requests });
      assertWell(run, client.asks ? requests : 0);
      assert.deepEqual([run.tabs, run.sts], [0, 0]);
      const expected = client.starts(requests, 3600);
      record(`C1 a session in the keychain${client.asks ? `, ${requests} requests` : ''}`, client.name, run, {
        expected,
      });
      assert.equal(run.starts, expected);
    });
  }
  assert.equal(stage.storage.tokens.size, 1);
});
