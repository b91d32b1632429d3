import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
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
