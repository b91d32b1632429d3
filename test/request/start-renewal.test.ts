import assert from 'node:assert/strict';
import childProcess, { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Context } from '../../src/context.ts';
import type { Join } from '../../src/request/protocol.ts';
import { startRenewal } from '../../src/request/start-renewal.ts';
import { executableUnderTest } from '../support/executable-under-test.ts';
import { logged, onlyRenewal, openStageFor, renewals } from '../support/logging-stage.ts';
import { later } from '../support/other-clock.ts';
import { createSandbox, testedProgram } from '../support/sandbox.ts';
import { signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

test('a caller without file descriptors for a renewal reports it', async () => {
  const config = `[profile developer]
daypass_issuer = http://127.0.0.1:2
daypass_client_id = daypass-test
daypass_role_arn = arn:aws:iam::123456789012:role/DeveloperAccess
daypass_store = file
daypass_browser = /bin/true
`;
  const { env, home, remove } = await createSandbox({ config });
  const heard = new Set<string>();
  try {
    // The number that a start needs depends on Node, and Bun needs fewer. With one of these limits the lock opens
    // and the pipe does not.
    const [from, to] = executableUnderTest ? [7, 14] : [18, 32];
    for (let limit = from; limit < to; limit++) {
      const line = `ulimit -n ${limit}; exec "$@"`;
      const child = spawn('/bin/sh', ['-c', line, 'sh', ...testedProgram.words, '--profile', 'developer'], {
        cwd: home,
        env,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const ended = new Promise((resolve) => child.on('close', resolve));
      heard.add((await text(child.stderr as Readable)).split('\n', 1)[0] ?? '');
      await ended;
      rmSync(join(home, '.local'), { recursive: true, force: true });
    }
    assert.ok(heard.has('daypass: io: no process can be started for the renewal'), [...heard].join('\n'));
    assert.doesNotMatch([...heard].join('\n'), /internal/);
  } finally {
    await remove({ graceMs: 12_000 });
  }
});

test('a call with ageing credentials does not wait for a stopped renewal, which continues later', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const { code, stdout } = await stage.daypass();
  assert.equal(code, 0);
  await until(() => renewals(stage).length === 0, 'the sign-in is over');
  // The sandbox ends it after half a minute.
  const caller = stage.daypass([], later('+50m'));
  const { pid } = await onlyRenewal(stage);
  process.kill(pid, 'SIGSTOP');
  assert.deepEqual(await caller, { code: 0, signal: null, stdout, stderr: '' });
  process.kill(pid, 'SIGCONT');
  await until(() => logged(stage, 'outcome').length === 2, 'the renewal ends');
  assert.equal(logged(stage, 'outcome')[1]?.facts.ok, 'true');
});

test("the renewal's private pipe is overlapped, so on Windows a pending read blocks no write", async (t) => {
  const opened: unknown[] = [];
  const { spawn: start } = childProcess;
  t.mock.method(childProcess, 'spawn', (...words: Parameters<typeof start>) => {
    opened.push(words[2]?.stdio);
    return start('/bin/true', [], words[2]);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const umask = process.umask();
  t.after(() => process.umask(umask));
  const context = { env: {}, umask, settings: {}, stateDirectory: '', log: () => {} } as unknown as Context;
  const join: Join = { credentials: '', interactive: false, desktop: false };
  const pipe = startRenewal(context, { join, force: false });
  await new Promise((resolve) => pipe.on('close', resolve));
  assert.deepEqual(opened, [['ignore', 'ignore', 'ignore', 'overlapped']]);
});
