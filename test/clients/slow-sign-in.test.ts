// The person needs longer than a client waits for a credential_process: case C8 of docs/threats.md.
import assert from 'node:assert/strict';
import { realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { daypassCommand } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import { assertWell, openClientStage, record } from './client-stage.ts';
import { lacks } from './installed.ts';
import { counted } from './matrix.ts';

const cases = [
  // daypass ends before Go stops waiting.
  { client: 'Go v1', keys: {}, result: 'our text' },
  { client: 'Go v2', keys: {}, result: 'our text' },
  // The user has raised the timeout. v1 does not kill daypass. v2 kills its shell, or daypass if there is no
  // shell.
  { client: 'Go v1', keys: { daypass_timeout: '65' }, result: 'its own text, then ours' },
  { client: 'Go v2', keys: { daypass_timeout: '65' }, result: 'its own text, then ours' },
  { client: 'Go v1', prefix: 'exec ', keys: { daypass_timeout: '65' }, result: 'its own text, then ours' },
  { client: 'Go v2', prefix: 'exec ', keys: { daypass_timeout: '65' }, result: 'its own text' },
  // Rust stops waiting after 22 s, or 5 s in older versions. daypass goes on and finds no reader.
  { client: 'Rust', keys: {}, result: 'its own text', leaves: true },
];

test('C8 the second call succeeds after a sign-in that takes longer than the client waits', {
  concurrency: cases.length,
}, async (t) => {
  // dash stays between Go and daypass; bash would replace itself with daypass.
  assert.match(realpathSync('/bin/sh'), /\/dash$/);
  await Promise.all(
    cases.map(({ client: name, prefix = '', keys, result, leaves = false }) => {
      const how = [
        name,
        ...Object.values(keys).map((seconds) => `timeout ${seconds} s`),
        ...(prefix ? ['exec'] : []),
      ].join(', ');
      return t.test(how, { skip: lacks(name) }, async (t) => {
        const stage = await openClientStage(t);
        const line = `credential_process = ${prefix}${daypassCommand} --profile developer\n`;
        const config = stage.config({ daypass_browser: stage.launcher.browserSetting, ...keys });
        stage.sandbox.writeConfig(`${config}${line}`);
        rmSync(join(stage.sandbox.home, '.aws/credentials'));
        const { words, env } = stage.client(name);
        let now = stage.counts();
        const run = await stage.sandbox.runProgram(words, {
          env: { ...env, REQUESTS: '1' },
          timeoutMs: 150_000,
        });
        assert.match(run.stdout, /^error /);
        assert.equal(/timed out|exceeded/.test(run.stdout), result !== 'our text', run.stdout);
        assert.equal(/daypass: sign-in-open: /.test(run.stderr), result !== 'its own text', run.stderr);
        const link = await stage.launcher.nextLink();
        if (leaves) assert.ok(callers() > 0);
        else await until(() => callers() === 0, 'no caller is left');
        await signInOverHttp(link);
        await until(() => stage.sandbox.processes().length === 0, 'the renewal has ended');
        const { starts, tabs, sts } = stage.counts();
        const cost = { starts: starts - now.starts, tabs: tabs - now.tabs, sts: sts - now.sts };
        assert.deepEqual([cost.tabs, cost.sts], [1, 1]);
        record('C8 longer than a minute', how, cost, { expected: counted(1), result });
        now = stage.counts();
        const second = await stage.run(stage.client(name));
        assertWell(second, 1);
        assert.deepEqual([second.tabs, second.sts], [0, 0]);
        record('C8 and once more', how, second, { expected: counted(1) });
        assert.equal(stage.launcher.launches.length, 1);

        function callers(): number {
          return stage.sandbox
            .processes()
            .filter(({ command }) => command.includes(`${daypassCommand} --profile`)).length;
        }
      });
    }),
  );
});
