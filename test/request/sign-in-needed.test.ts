// Exit 2 promises a command that signs in. Here it is run as it stands, by a shell, from another directory than the caller's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
import { daypassPath, type RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type Stage, signInProgram } from '../support/stage.ts';

/** The command of an exit 2. */
function hinted({ code, stderr }: RunResult): string {
  assert.equal(code, 2, stderr);
  return /^hint: .*: (daypass login .*)$/m.exec(stderr)?.[1] ?? assert.fail(stderr);
}

/** As a person types it. */
function typed({ sandbox }: Stage, command: string) {
  const bin = join(sandbox.home, '..', 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(daypassPath, join(bin, 'daypass'));
  const env = { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` };
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: '/',
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
}

test('the flags of the call stand in it: the same call is answered then', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const { home } = stage.sandbox;
  const folder = join(home, "Ada's files");
  mkdirSync(folder);
  writeFileSync(join(folder, 'work.env'), 'DAYPASS_SESSION_NAME=from-the-env-file\n');
  const session = [
    '--store',
    'file',
    '--scopes',
    'openid email',
    '--env-file',
    'work.env',
    '--profile',
    'developer',
  ];
  const call = () => stage.sandbox.run([...session, '--timeout', '9', '--non-interactive'], { cwd: folder });
  const { child, ended } = typed(stage, hinted(await call()));
  const stderr = await text(child.stderr as Readable);
  assert.equal(await ended, 0, stderr);
  const { code, stderr: none } = await call();
  assert.deepEqual({ code, none }, { code: 0, none: '' });
  assert.equal((await stage.sandbox.run(['logout', ...session], { cwd: folder })).code, 0);
});

test('a profile that allows no browser: it allows this one', async (t) => {
  const keys = { daypass_browser: signInProgram, daypass_non_interactive: 'true' };
  const stage = await openStageFor(t, { keys });
  const command = hinted(await stage.daypass());
  assert.equal(hinted(await stage.daypass(['login'])), command);
  assert.equal(await typed(stage, command).ended, 0);
  assert.equal((await stage.daypass()).code, 0);
});

test('login where there is neither a terminal nor a desktop: not the same again, but one that tells a link', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
  const { child, ended } = typed(stage, hinted(await stage.daypass(['login'])));
  let link: string | undefined;
  for await (const chunk of child.stdout ?? []) {
    link ??= /http:\/\/127\.0\.0\.1:\S+/.exec(String(chunk))?.[0];
    if (link) break;
  }
  child.stdout?.resume();
  await signInOverHttp(link ?? assert.fail('no link'));
  assert.equal(await ended, 0);
  assert.equal((await stage.daypass()).code, 0);
});
