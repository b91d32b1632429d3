// There is no session, with a person or without: cases C2, C3, C9 to C13 and BR04 of docs/threats.md.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { logged } from '../support/logging-stage.ts';
import { signalAll } from '../support/processes.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';
import type { Client } from './client.ts';
import { answersOf, assertWell, type ClientStage, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { counted, type Expected, ours } from './matrix.ts';

const patience = 60_000;

/** Clients that hide the stderr of daypass. For them the text is on the terminal (C11). */
const hiding = ['JavaScript v3, default chain', 'JavaScript v2', 'CRT', 'restic', 'Kotlin'];

/** Clients whose error holds the stderr of daypass, though daypass cannot tell whether their program prints it. */
const unsure = ['JavaScript v3, fromIni', 'Java v2', 'Rust'];

/** The starts of daypass for a failing request. */
function failing(client: string): Expected {
  if (client === 'restic') return ours(4);
  if (client === 'CRT') return ours(1);
  return counted(client === 'JavaScript v3, default chain' ? 2 : 1);
}

/** Returns the place of daypass's text: the terminal for clients that hide stderr. */
function shownBy(client: string, told: string, terminal: string, text: RegExp): string {
  assert.equal(text.test(told), !hiding.includes(client), told);
  if (!hiding.includes(client)) return 'the client shows our text';
  assert.match(terminal, text);
  return 'the terminal shows our text';
}

/** The settings of a person who gets the link; the test is the browser. */
async function stageWithPerson(t: Parameters<typeof openClientStage>[0]): Promise<ClientStage> {
  const stage = await openClientStage(t);
  stage.configure({ daypass_browser: stage.launcher.browserSetting });
  return stage;
}

test('C2 the terminal shows the link, and the command continues after the sign-in', async (t) => {
  const stage = await stageWithPerson(t);
  for (const client of stage.clients) {
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

test('C3 clients show an error with the command if there is no terminal, desktop and browser', async (t) => {
  const stage = await openClientStage(t);
  // daypass_browser must not be set, because it implies that a person is present.
  stage.configure({ daypass_browser: '' });
  for (const client of stage.clients) {
    await t.test(client.name, async () => {
      const before = logged(stage, 'failed').length;
      const run = await stage.run(client);
      assert.deepEqual([run.tabs, run.sts], [0, 0]);
      const shown = `${run.stdout}${run.stderr}`;
      const told = /daypass: sign-in-needed: /.test(shown);
      assert.equal(told, !hiding.includes(client.name), shown);
      if (told) assert.match(shown, /daypass login --profile developer/);
      assertFailed(client, run);
      const failures = logged(stage, 'failed').slice(before);
      assert.deepEqual(
        failures.map(({ facts }) => facts.code),
        Array(run.starts).fill('sign-in-needed'),
      );
      const longest = Math.max(...failures.map(({ after }) => after));
      record('C3 no person', client.name, run, {
        expected: failing(client.name),
        result: `${told ? 'our text' : 'its own text'}, after ${longest} ms`,
      });
    });
  }
  // A test that takes longer than a second starts with one of these.
  for (const step of ['request', 'renewal-started', 'joined', 'link'])
    assert.deepEqual(logged(stage, step), []);
});

test('C9 clients end with the sign-in if the browser stays open', async (t) => {
  const stage = await openClientStage(t);
  const opener = join(stage.sandbox.home, 'opener.sh');
  writeFileSync(opener, `#!/bin/sh\n${signInProgram} "$1"\nexec sleep 600\n`, { mode: 0o755 });
  stage.configure({ daypass_browser: opener });
  const browsers = () => stage.sandbox.processes().filter(({ command }) => /^sleep 600/.test(command));
  for (const name of ['AWS CLI', 'JavaScript v3, default chain', 'Go v2']) {
    await t.test(name, { skip: lacks(name) }, async () => {
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
      assert.deepEqual([cost.tabs, cost.sts], [1, 1]);
      record('C9 a browser that stays', name, cost, { expected: counted(1) });
      signalAll(browsers(), 'SIGTERM');
      assert.equal((await stage.daypass(['logout'])).code, 0);
    });
  }
});

test('C10 ^C ends an open sign-in, and a closed terminal does not', { skip: lacks('AWS CLI') }, async (t) => {
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
    assert.deepEqual([cost.tabs, cost.sts], [0, 0]);
    record('C10 ^C', 'AWS CLI', cost, { expected: counted(1), result: 'exit 130' });
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
      // The person still finishes.
      await signInOverHttp(link);
    });
    assert.deepEqual([cost.tabs, cost.sts], [1, 1]);
    record('C10 hang-up', 'AWS CLI', cost, { expected: counted(1), result: 'the sign-in goes on' });
    assert.match((await stage.sandbox.runProgram(words, { env: { ...env, REQUESTS: '1' } })).stdout, /^ok /);
  });
});

test('C11 a denial opens one tab for all calls, and the reason is visible', async (t) => {
  const stage = await openClientStage(t);
  stage.configure({ daypass_browser: `${signInProgram} --deny` });
  for (const client of stage.clients) {
    await t.test(client.name, async () => {
      let result = '';
      const cost = await stage.cost(async () => {
        const run = stage.sandbox.runProgramInTerminal(client.words, {
          env: { ...client.env, REQUESTS: '1' },
        });
        const { code, stdout, stderr, terminal } = await run.exit;
        assertFailed(client, { code, stdout });
        result = shownBy(client.name, stdout + stderr, terminal, /daypass: denied: /);
      });
      assert.deepEqual([cost.tabs, cost.sts], [1, 0]);
      record('C11 denied', client.name, cost, { expected: failing(client.name), result });
      // logout deletes the denial.
      stage.configure();
      assert.equal((await stage.daypass(['login'])).code, 0);
      assert.equal((await stage.daypass(['logout'])).code, 0);
      stage.configure({ daypass_browser: `${signInProgram} --deny` });
    });
  }
});

test('BR04 the terminal of a client shows an error once', async (t) => {
  const stage = await openClientStage(t);
  stage.configure({ daypass_non_interactive: 'true' });
  for (const client of stage.clients) {
    await t.test(client.name, async () => {
      let times = 0;
      const cost = await stage.cost(async () => {
        const env = { ...client.env, REQUESTS: '1' };
        const { terminal } = await stage.sandbox.runProgramInTerminal(client.words, { env, wholly: true })
          .exit;
        times = terminal.match(/daypass: sign-in-needed: /g)?.length ?? 0;
        // The program of the test prints it.
        assert.equal(times, unsure.includes(client.name) ? 2 : 1, terminal);
      });
      const result = times === 1 ? 'shown once' : 'shown twice';
      record('BR04 an error on a terminal', client.name, cost, { expected: failing(client.name), result });
    });
  }
});

test('C12 8 AWS CLIs, Go and JavaScript at once share one tab and all succeed', {
  skip: lacks('AWS CLI', 'Go v2'),
}, async (t) => {
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
  assert.deepEqual([cost.tabs, cost.sts], [1, 1]);
  assert.equal(stage.launcher.launches.length, 1);
  record('C12 all at once', '8 AWS CLI, Go v2, JavaScript v3', cost, { expected: counted(10) });
});

test('C13 every client accepts a session token of 6 KB, and daypass refuses one of 9 KB', async (t) => {
  const stage = await openClientStage(t);
  const names = ['rclone', 'Go v1', 'Go v2', 'AWS CLI'].filter((name) => !lacks(name));
  stage.sts.tokenBytes = 6000;
  for (const name of names) {
    const client = stage.client(name);
    const run = await stage.run(client);
    assertWell(run, client.asks ? 1 : 0);
    record('C13 a token of 6 KB', name, run, { expected: client.starts(1, 3600) });
  }
  assert.equal((await stage.daypass(['logout'])).code, 0);
  stage.sts.tokenBytes = 9000;
  for (const name of names) {
    const client = stage.client(name);
    const run = await stage.run(client);
    assertFailed(client, run);
    const [, told = ''] = /daypass: ([a-z-]+): /.exec(run.stderr) ?? [];
    assert.equal(told, 'output-too-large', run.stderr);
    record('C13 a token of 9 KB', name, run, { expected: failing(name), result: told });
  }
  const { stdout, stderr, code } = await stage.daypass();
  assert.deepEqual([code, stdout], [69, '']);
  assert.match(stderr, /output-too-large/);
});

/**
 * Asserts that the client failed. Clients that make requests print `error`; the others have their own texts.
 */
function assertFailed(
  { name, asks }: Client,
  { code, stdout }: { code: number | null; stdout: string },
): void {
  if (!asks) assert.equal(code, 1, stdout);
  else assert.match(stdout, /^AWS CLI/.test(name) ? /^error 255\n$/ : /^error .*\n$/);
}
