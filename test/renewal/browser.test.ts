import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDefaultBrowser } from '../support/default-browser.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';

test('a browser program that fails after the callback does not close the page', async (t) => {
  const stage = await openStageFor(t);
  const { launcher, sandbox, sts } = stage;
  const ends = join(sandbox.home, 'ends');
  const program = join(sandbox.home, 'browser-program');
  const lines = `${launcher.browserSetting} "$1"\nuntil [ -e ${ends} ]; do sleep 0.02; done\nexit 3\n`;
  writeFileSync(program, `#!/bin/sh\n${lines}`);
  chmodSync(program, 0o700);
  sandbox.writeConfig(stage.config({ daypass_browser: program }));
  const caller = stage.daypass();
  const release = sts.hold();
  const tab = signInOverHttp(await launcher.nextLink());
  await until(() => sts.calls.length === 1, 'STS is asked');
  const runs = () => sandbox.processes().some(({ command }) => command.includes('browser-program'));
  assert.ok(runs());
  writeFileSync(ends, '');
  await until(() => !runs(), 'the program ends');
  release();
  assert.match((await tab).body, /Signed in/);
  assert.equal((await caller).code, 0);
});

test('a browser that dies behind xdg-open is noticed: the terminal shows the link once, and the sign-in waits', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
  const { sandbox } = stage;
  const dying = makeDefaultBrowser(sandbox.home, 'true');
  const env = { DISPLAY: ':99' };
  const run = sandbox.runInTerminal(['--profile', 'developer'], { env });
  const other = stage.daypass([], env);
  await until(() => dying.launches().length === 1, 'the browser is started');
  const remark =
    /no browser has opened the link of this sign-in, which still waits; open it yourself: (http:\S+)/;
  const [, link = ''] = await run.waitForTerminal(remark, 60_000);
  assert.equal(link, dying.launches()[0]?.link);
  await signInOverHttp(link);
  const { code, stderr, terminal } = await run.exit;
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(terminal.match(/no browser has opened/g)?.length, 1);
  const without = await other;
  assert.deepEqual([without.code, without.stderr], [0, '']);
});

test('a person who takes long after opening the link gets no remark', async (t) => {
  const stage = await openStageFor(t);
  const run = stage.sandbox.runInTerminal(['--profile', 'developer']);
  const headers = { 'sec-fetch-mode': 'navigate' };
  const [answer] = await once(get(await stage.launcher.nextLink(), { headers }), 'response');
  assert.equal(answer.resume().statusCode, 302);
  // Longer than daypass waits for the first request.
  await sleep(17_000);
  run.type('\x03');
  const { code, terminal } = await run.exit;
  assert.equal(code, 130);
  assert.deepEqual([logged(stage, 'link-opened').length, logged(stage, 'link-unopened').length], [1, 0]);
  assert.doesNotMatch(terminal, /no browser has opened/);
});

test('a browser that starts after the person opened the link is not taken for dead', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
  const { sandbox } = stage;
  // xdg-open runs it where there is no DISPLAY.
  writeFileSync(join(sandbox.home, 'www-browser'), '#!/bin/sh\n', { mode: 0o755 });
  const env = { PATH: `${sandbox.home}:${sandbox.env.PATH}` };
  const run = sandbox.runInTerminal(['--profile', 'developer'], { env });
  const [, link = ''] = await run.waitForTerminal(
    /open this link in a browser of this machine:\s+(http:\S+)/,
  );
  const [answer] = await once(get(link, { headers: { 'sec-fetch-mode': 'navigate' } }), 'response');
  answer.resume();
  await until(() => logged(stage, 'link-opened').length === 1, 'the link is opened');
  const other = stage.daypass([], { DISPLAY: ':99' });
  await until(() => logged(stage, 'browser').length === 1, 'the browser of the second caller is started');
  // Longer than daypass waits for the first request.
  await sleep(17_000);
  assert.deepEqual(
    [logged(stage, 'browser-not-started').length, logged(stage, 'link-unopened').length],
    [0, 0],
  );
  await stage.daypass(['logout']);
  assert.doesNotMatch((await run.exit).terminal, /no browser has opened/);
  await other;
});
