// Credentials are about to expire: cases C4 to C7 of docs/threats.md.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersOf, assertWell, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { counted } from './matrix.ts';
import { ageing } from './required.ts';

test('C4 every client uses the keys to their end without a silent renewal', async (t) => {
  const stage = await openClientStage(t, { issueRefreshToken: async () => false });
  const { stdout } = await stage.daypass();
  const first = JSON.parse(stdout).AccessKeyId;
  for (const left of [899, 700, 590, 120, 60, 30]) {
    for (const name of ageing) {
      await t.test(`${name}, ${left} s left`, { skip: lacks(name) }, async () => {
        const client = stage.client(name);
        const requests = name === 'AWS CLI' ? 3 : 10;
        // The sessions last an hour, except for the last one.
        await stage.leave(left, { silent: false, lifetime: left === 30 ? 30 : 3600 });
        const run = await stage.run(client, { requests });
        assertWell(run, requests);
        assert.deepEqual([run.tabs, run.sts], [0, 0]);
        const expected = client.starts(requests, left);
        record(`C4 ${left} s left, no silent path, ${requests} requests`, name, run, { expected });
      });
    }
  }
  assert.equal(JSON.parse((await stage.daypass()).stdout).AccessKeyId, first);
});

test('C5 one STS call serves 20 threads of boto3, or 8 AWS CLIs, with a silent renewal', async (t) => {
  const stage = await openClientStage(t);
  let { AccessKeyId } = JSON.parse((await stage.daypass()).stdout);
  const renewed = async () => {
    const before = AccessKeyId;
    AccessKeyId = JSON.parse((await stage.daypass()).stdout).AccessKeyId;
    assert.notEqual(AccessKeyId, before);
  };
  await t.test('20 threads', { skip: lacks('boto3') }, async () => {
    await stage.leave(500);
    const run = await stage.run(stage.client('boto3'), { requests: 60, env: { THREADS: '20' } });
    assertWell(run, 60);
    assert.deepEqual([run.tabs, run.sts], [0, 1]);
    // boto3 asks this often if no start returns newer credentials.
    record('C5 500 s left, 20 threads, 60 requests', 'boto3', run, {
      expected: { ...counted(21), upTo: true },
    });
    await renewed();
  });
  await t.test('8 AWS CLIs', { skip: lacks('AWS CLI') }, async () => {
    await stage.leave(500);
    const client = stage.client('AWS CLI');
    const cost = await stage.cost(async () => {
      const runs = Array.from({ length: 8 }, () =>
        stage.sandbox.runProgram(client.words, { env: { ...client.env, REQUESTS: '1' }, timeoutMs: 150_000 }),
      );
      for (const run of await Promise.all(runs)) {
        assert.equal(run.stderr, '');
        assert.match(answersOf(run).join(), /^ok /);
      }
    });
    assert.deepEqual([cost.tabs, cost.sts], [0, 1]);
    record('C5 500 s left, 8 at once', 'AWS CLI', cost, { expected: { ...counted(16), upTo: true } });
    await renewed();
  });
});

test('C6 no request of boto3 fails across a renewal with a role that allows 900 s', {
  skip: lacks('boto3'),
}, async (t) => {
  const stage = await openClientStage(t);
  stage.sts.sessionSeconds = 900;
  const { stdout } = await stage.daypass();
  await stage.leave(440, { lifetime: 900 });
  const run = await stage.run(stage.client('boto3'), { requests: 20 });
  assertWell(run, 20);
  assert.deepEqual([run.tabs, run.sts], [0, 1]);
  record('C6 sessions of 900 s, 440 s left, 20 requests', 'boto3', run, { expected: counted(21) });
  assert.notEqual((await stage.daypass()).stdout, stdout);
  // The second run starts without credentials.
  assert.equal((await stage.daypass(['logout'])).code, 0);
  const fresh = await stage.run(stage.client('boto3'), { requests: 20 });
  assertWell(fresh, 20);
  assert.deepEqual([fresh.tabs, fresh.sts], [1, 1]);
  record('C6 sessions of 900 s, from a sign-in on, 20 requests', 'boto3', fresh, { expected: counted(21) });
});

test('C7 no client shows an error if the provider is down with 500 s left', async (t) => {
  // A valid ID token would allow a silent renewal.
  const stage = await openClientStage(t, { idTokenTtl: 60 });
  const { stdout } = await stage.daypass();
  stage.provider.answer('token', (_request, response) => {
    response.writeHead(503).end();
  });
  for (const name of ageing) {
    await t.test(name, { skip: lacks(name) }, async () => {
      await stage.leave(500);
      const requests = name === 'AWS CLI' ? 3 : 10;
      const client = stage.client(name);
      const run = await stage.run(client, { requests });
      assertWell(run, requests);
      assert.deepEqual([run.tabs, run.sts], [0, 0]);
      record(`C7 provider down, 500 s left, ${requests} requests`, name, run, {
        expected: client.starts(requests, 500),
      });
    });
  }
  assert.equal(JSON.parse((await stage.daypass()).stdout).AccessKeyId, JSON.parse(stdout).AccessKeyId);
  // All callers together cause one attempt a minute.
  assert.ok(stage.provider.counts.refresh <= 2, `${stage.provider.counts.refresh}`);
});
