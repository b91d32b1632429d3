// Exit code 2 comes with a command that signs in. A shell runs it unchanged here, in another directory than
// the caller's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openStageFor } from '../support/logging-stage.ts';
import { daypassFile, type RunResult } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type Stage, signInProgram } from '../support/stage.ts';

/** Returns the command in the hint of an exit code 2. */
function hinted({ code, stderr }: RunResult): string {
  assert.equal(code, 2, stderr);
  return /^hint: .*: (daypass login .*)$/m.exec(stderr)?.[1] ?? assert.fail(stderr);
}

/** Runs a command as a person types it. */
function typed({ sandbox }: Stage, command: string) {
  const bin = join(sandbox.home, '..', 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(daypassFile, join(bin, 'daypass'));
  const env = { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` };
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: '/',
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
}

test('the command repeats the flags of the call, and the same call succeeds afterwards', async (t) => {
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

test('the command allows a browser even if the profile does not', async (t) => {
  const keys = { daypass_browser: signInProgram, daypass_non_interactive: 'true' };
  const stage = await openStageFor(t, { keys });
  const command = hinted(await stage.daypass());
  assert.equal(hinted(await stage.daypass(['login'])), command);
  assert.equal(await typed(stage, command).ended, 0);
  assert.equal((await stage.daypass()).code, 0);
});

test('login without a terminal and a desktop suggests a command that prints the link', async (t) => {
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
