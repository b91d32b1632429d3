// Profiles get their credentials from the profile of daypass: cases C14 and C15 of docs/threats.md.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertWell, type ClientStage, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { ours } from './matrix.ts';
import { requiredRows } from './required.ts';

const chain = `
[profile chained]
credential_process = aws configure export-credentials --profile developer --format process

[profile loopy]
credential_process = aws configure export-credentials --profile loopy --format process

[profile second]
role_arn = arn:aws:iam::123456789012:role/Second
source_profile = developer
`;

async function openChained(
  t: Parameters<typeof openClientStage>[0],
): Promise<{ stage: ClientStage; key: string }> {
  const stage = await openClientStage(t);
  stage.configure({}, chain);
  return { stage, key: JSON.parse((await stage.daypass()).stdout).AccessKeyId };
}

/** Runs one command of the AWS CLI. */
function runAws({ sandbox, client }: ClientStage, words: string[], env: Record<string, string> = {}) {
  return sandbox.runProgram(['/usr/bin/aws', ...words], {
    env: { ...client('AWS CLI').env, ...env },
    timeoutMs: 60_000,
  });
}

test('C14 the AWS CLI prints and exports the credentials of daypass', {
  skip: lacks('AWS CLI'),
}, async (t) => {
  const { stage, key } = await openChained(t);
  const aws = (...words: string[]) => runAws(stage, [...words, '--profile', 'developer']);
  await t.test('configure list', async () => {
    const cost = await stage.cost(async () => {
      const { stdout, stderr } = await aws('configure', 'list');
      assert.equal(stderr, '');
      assert.match(stdout, new RegExp(`access_key +\\*+${key.slice(-4)} +custom-process`));
    });
    assert.deepEqual([cost.tabs, cost.sts], [0, 0]);
    record('C14 configure list', 'AWS CLI', cost, { expected: ours(1) });
  });
  for (const format of ['process', 'env', 'env-no-export', 'powershell', 'windows-cmd']) {
    await t.test(`export-credentials --format ${format}`, async () => {
      const cost = await stage.cost(async () => {
        const { stdout, stderr } = await aws('configure', 'export-credentials', '--format', format);
        assert.equal(stderr, '');
        assert.ok(stdout.includes(key), stdout);
      });
      assert.deepEqual([cost.tabs, cost.sts], [0, 0]);
      record(`C14 export-credentials ${format}`, 'AWS CLI', cost, { expected: ours(1) });
    });
  }
});

test('C14 a profile with export-credentials gets the credentials of daypass', {
  skip: lacks('AWS CLI'),
}, async (t) => {
  const { stage } = await openChained(t);
  for (const left of [3600, 500]) {
    if (left < 3600) await stage.leave(left, { silent: false });
    for (const name of [
      'AWS CLI',
      'JavaScript v3, default chain',
      'JavaScript v3, fromIni',
      'Go v1',
      'Go v2',
    ]) {
      await t.test(`${name}, ${left} s left`, { skip: lacks(name) }, async () => {
        const client = stage.client(name);
        const env = client.env.PROFILE ? { PROFILE: 'chained' } : { AWS_PROFILE: 'chained' };
        const run = await stage.run(client, { env });
        assertWell(run, 1);
        assert.deepEqual([run.tabs, run.sts], [0, 0]);
        // Below 900 s the AWS CLI in the profile calls daypass twice, and so does an AWS CLI that runs it.
        const expected = ours(left === 3600 ? 1 : name === 'AWS CLI' ? 4 : 2);
        record(`C14 chained by the AWS CLI, ${left} s left`, name, run, { expected });
      });
    }
  }
});

test('C14 a loop of profiles ends with an error after one round', { skip: lacks('AWS CLI') }, async (t) => {
  const { stage } = await openChained(t);
  // The `aws` of the profile writes a line at each start.
  const folder = join(stage.sandbox.home, 'counting');
  const started = join(folder, 'started');
  mkdirSync(folder);
  writeFileSync(join(folder, 'aws'), `#!/bin/sh\necho "$*" >>${started}\nexec /usr/bin/aws "$@"\n`, {
    mode: 0o755,
  });
  const cost = await stage.cost(async () => {
    const { code, stderr } = await runAws(stage, ['sts', 'get-caller-identity', '--profile', 'loopy'], {
      PATH: `${folder}:${stage.sandbox.env.PATH}`,
    });
    assert.equal(code, 255);
    assert.match(stderr, /detected an infinite loop, profile cycle: loopy -> loopy/);
  });
  const lines = readFileSync(started, 'utf8').trimEnd().split('\n');
  // The first AWS CLI leaves its profile in the environment of the second.
  assert.equal(lines.length, 2, lines.join('\n'));
  assert.deepEqual([cost.tabs, cost.sts], [0, 0]);
  record('C14 a loop of profiles', 'AWS CLI', cost, {
    expected: ours(0),
    result: 'its own text, after one round',
  });
});

test('C14 AWS_PROFILE with the profile of daypass causes no loop', async (t) => {
  const stage = await openClientStage(t);
  const cost = await stage.cost(async () => {
    const run = await stage.sandbox.run([], { env: { AWS_PROFILE: 'developer' } });
    assert.deepEqual([run.code, run.stderr], [0, '']);
  });
  assert.deepEqual([cost.tabs, cost.sts], [1, 1]);
  record('C14 AWS_PROFILE is its own', 'daypass', cost, { expected: ours(1) });
});

test('C15 a second role works with the profile of daypass as its source_profile', async (t) => {
  const { stage } = await openChained(t);
  for (const name of requiredRows['C15 source_profile'] ?? []) {
    await t.test(name, { skip: lacks(name) }, async () => {
      const client = stage.client(name);
      const profile = client.env.PROFILE ? { PROFILE: 'second' } : { AWS_PROFILE: 'second' };
      const run = await stage.run(client, {
        requests: 3,
        env: { ...profile, AWS_ENDPOINT_URL_STS: stage.sts.url },
      });
      assertWell(run, 3);
      for (const answer of run.answers) assert.match(answer, /assumed-role\/Second\//);
      assert.deepEqual([run.tabs, run.sts], [0, 0]);
      record('C15 source_profile, 3 requests', name, run, { expected: ours(1) });
    });
  }
});
