// C2, C3 and C9 to C13: no session yet, with a person and without one.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { logged } from '../support/logging-stage.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { answersOf, assertWell, type ClientStage, openClientStage, record } from './client-stage.ts';

const patience = 60_000;

/** Clients that show nothing of what their helper says on stderr; for them it is on the terminal (C11). */
const hiding = ['JavaScript v3, default chain', 'JavaScript v2', 'CRT', 'restic'];

/** A person who is told the link, and a browser that this test is. */
async function stageWithPerson(t: Parameters<typeof openClientStage>[0]): Promise<ClientStage> {
  const stage = await openClientStage(t);
  stage.configure({ daypass_browser: stage.launcher.browserSetting });
  return stage;
}

test('C2 on a terminal, with no session: the link is there, and the command goes on after the sign-in', async (t) => {
  const stage = await stageWithPerson(t);
  for (const client of stage.clients.filter(({ name }) => !/CRT|restic/.test(name))) {
    await t.test(client.name, async () => {
      const cost = await stage.cost(async () => {
        const run = stage.sandbox.runProgramInTerminal(client.words, {
          env: { ...client.env, REQUESTS: '1' },
        });
        const link = await stage.launcher.nextLink();
        await run.waitForTerminal(
          /signing in as developer[\s\S]*http:\/\/127\.0\.0\.1:\d+\/start\//,
          patience,
        );
        await signInOverHttp(link);
        const { code, stdout, stderr } = await run.exit;
        assert.deepEqual([code, stderr], [0, ''], stdout);
        if (client.asks) assert.match(stdout, /^ok /);
      });
      assert.deepEqual([cost.tabs, cost.sts], [1, 1]);
      record('C2 a person on a terminal', client.name, cost, { expected: client.starts(1, 3600) });
      assert.equal((await stage.daypass(['logout'])).code, 0);
    });
  }
});

test('C3 without terminal, desktop and browser: an error that names the command, in what the client shows', async (t) => {
  const stage = await openClientStage(t);
  // No `daypass_browser`, which says by itself that somebody is there.
  stage.configure({ daypass_browser: '' });
  for (const client of stage.clients) {
    await t.test(client.name, async () => {
      const run = await stage.run(client);
      assert.deepEqual([run.tabs, run.sts], [0, 0]);
      assert.ok(run.starts >= 1);
      const shown = `${run.stdout}${run.stderr}`;
      const told = /daypass: sign-in-needed: /.test(shown);
      assert.equal(told, !hiding.includes(client.name), shown);
      if (told) assert.match(shown, /daypass login --profile developer/);
      if (client.asks) assert.match(shown, /^error/m);
      record('C3 nobody there', client.name, run, { result: told ? 'our text' : 'its own text' });
    });
  }
  assert.equal(logged(stage, 'link').length, 0);
});

test('C9 a browser that stays: clients end when the sign-in does', async (t) => {
  const stage = await openClientStage(t);
  const opener = join(stage.sandbox.home, 'opener.sh');
  writeFileSync(opener, `#!/bin/sh\n${signInProgram} "$1"\nexec sleep 600\n`, { mode: 0o755 });
  stage.configure({ daypass_browser: opener });
  const browsers = () => stage.sandbox.processes().filter(({ command }) => /^sleep 600/.test(command));
  for (const name of ['AWS CLI', 'JavaScript v3, default chain', 'Go v2']) {
    await t.test(name, async () => {
      const { words, env } = stage.client(name);
      const before = stage.counts();
      const run = await stage.sandbox.runProgram(words, {
        env: { ...env, REQUESTS: '1' },
        timeoutMs: patience,
      });
      assert.match(run.stdout, /^ok /, run.stderr);
      await until(() => browsers().length === 1, 'the browser stays');
      const now = stage.counts();
      const cost = {
        starts: now.starts - before.starts,
        tabs: now.tabs - before.tabs,
        sts: now.sts - before.sts,
      };
      record('C9 a browser that stays', name, cost, { expected: 1 });
      for (const { pid } of browsers()) process.kill(pid);
      assert.equal((await stage.daypass(['logout'])).code, 0);
    });
  }
});

test('C10 ^C and a closed terminal while the browser is open', async (t) => {
  const stage = await stageWithPerson(t);
  const { words, env } = stage.client('AWS CLI');
  const begin = async () => {
    const run = stage.sandbox.runProgramInTerminal(
      [
        '/usr/bin/aws',
        'sts',
        'get-caller-identity',
        '--profile',
        'developer',
        '--endpoint-url',
        stage.sts.url,
      ],
      { env: { ...env, REQUESTS: '1' } },
    );
    const link = await stage.launcher.nextLink();
    await run.waitForTerminal(/127\.0\.0\.1/, patience);
    return { run, link };
  };
  await t.test('^C', async () => {
    const cost = await stage.cost(async () => {
      const { run } = await begin();
      run.type('\x03');
      assert.equal((await run.exit).code, 130);
    });
    assert.deepEqual(cost, { starts: 1, tabs: 0, sts: 0 });
    record('C10 ^C', 'AWS CLI', cost, { result: 'exit 130' });
    const login = stage.daypass(['login']);
    await signInOverHttp(await stage.launcher.nextLink());
    assert.equal((await login).code, 0);
    assert.match((await stage.sandbox.runProgram(words, { env: { ...env, REQUESTS: '1' } })).stdout, /^ok /);
    assert.equal((await stage.daypass(['logout'])).code, 0);
  });
  await t.test('a closed terminal', async () => {
    const cost = await stage.cost(async () => {
      const { run, link } = await begin();
      run.hangUp();
      await run.exit;
      await until(() => logged(stage, 'waiter-left').length >= 2, 'the caller is gone');
      // The person finishes all the same.
      await signInOverHttp(link);
    });
    assert.deepEqual([cost.tabs, cost.sts], [1, 1]);
    record('C10 hang-up', 'AWS CLI', cost, { result: 'the sign-in goes on' });
    assert.match((await stage.sandbox.runProgram(words, { env: { ...env, REQUESTS: '1' } })).stdout, /^ok /);
  });
});

test('C11 the person says no: one tab, whoever asks again, and the reason is to be seen', async (t) => {
  const stage = await openClientStage(t);
  stage.configure({ daypass_browser: `${signInProgram} --deny` });
  for (const client of stage.clients.filter(({ name }) => !/CRT|restic/.test(name))) {
    await t.test(client.name, async () => {
      let shown = '';
      const cost = await stage.cost(async () => {
        const run = stage.sandbox.runProgramInTerminal(client.words, {
          env: { ...client.env, REQUESTS: '1' },
        });
        const { stdout, stderr, terminal } = await run.exit;
        if (client.asks) assert.match(stdout, /^error/);
        shown = [stdout + stderr, terminal].map((text) => (/denied: /.test(text) ? 'yes' : 'no')).join();
        assert.match(stdout + stderr + terminal, /daypass: denied: /);
      });
      assert.deepEqual([cost.tabs, cost.sts], [1, 0]);
      record('C11 denied', client.name, cost, {
        result: shown.startsWith('yes') ? 'the client shows our text' : 'the terminal shows our text',
      });
      // Forgets the denial.
      stage.configure();
      assert.equal((await stage.daypass(['login'])).code, 0);
      assert.equal((await stage.daypass(['logout'])).code, 0);
      stage.configure({ daypass_browser: `${signInProgram} --deny` });
    });
  }
});

test('C12 8 AWS CLIs, Go and JavaScript at once, with no session: one tab, ten successes', async (t) => {
  const stage = await stageWithPerson(t);
  const clients = [...Array(8).fill('AWS CLI'), 'Go v2', 'JavaScript v3, default chain'].map((name) =>
    stage.client(name),
  );
  const cost = await stage.cost(async () => {
    const runs = clients.map(({ words, env }) =>
      stage.sandbox.runProgram(words, { env: { ...env, REQUESTS: '1' }, timeoutMs: 150_000 }),
    );
    await signInOverHttp(await stage.launcher.nextLink());
    for (const run of await Promise.all(runs)) assert.match(answersOf(run).join(), /^ok [^,]*$/, run.stderr);
  });
  assert.deepEqual(cost, { starts: 10, tabs: 1, sts: 1 });
  assert.equal(stage.launcher.launches.length, 1);
  record('C12 all at once', '8 AWS CLI, Go v2, JavaScript v3', cost, { expected: 10 });
});

test('C13 a session token of 6 KB serves everyone; one of 9 KB is refused with its reason', async (t) => {
  const stage = await openClientStage(t);
  stage.sts.tokenBytes = 6000;
  for (const name of ['rclone', 'Go v1', 'AWS CLI']) {
    const client = stage.client(name);
    const run = await stage.run(client);
    assertWell(run, client.asks ? 1 : 0);
    record('C13 a token of 6 KB', name, run, { expected: 1 });
  }
  assert.equal((await stage.daypass(['logout'])).code, 0);
  stage.sts.tokenBytes = 9000;
  for (const name of ['rclone', 'Go v1', 'AWS CLI']) {
    const run = await stage.run(stage.client(name));
    assert.equal(run.answers.filter((answer) => answer.startsWith('ok')).length, 0);
    record('C13 a token of 9 KB', name, run, { result: 'output-too-large' });
    if (name === 'AWS CLI') assert.match(run.stderr, /daypass: output-too-large: /);
  }
  const { stdout, stderr, code } = await stage.daypass();
  assert.deepEqual([code, stdout], [69, '']);
  assert.match(stderr, /output-too-large/);
});
