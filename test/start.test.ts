// A hit of a known call does not load the reader. Its output must equal that of the reader.
import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertVersion1 } from './support/credentials-format.ts';
import { configSettles, knownCalls } from './support/known-calls.ts';
import { openStageFor } from './support/logging-stage.ts';
import { later, settableClock, wakeForClock } from './support/other-clock.ts';
import { testedProgram } from './support/sandbox.ts';
import { roleArn, type Stage, signInProgram } from './support/stage.ts';
import { until } from './support/until.ts';

/**
 * Opens a stage without a log, so that calls become known. `daypass --profile developer` is signed in and
 * known.
 */
async function openKnownStage(t: TestContext, options: { tokenBytes?: number } = {}): Promise<Stage> {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram, daypass_log: '' } });
  if (options.tokenBytes) stage.sts.tokenBytes = options.tokenBytes;
  await configSettles(stage);
  const { code, stderr } = await stage.daypass();
  assert.deepEqual([code, stderr], [0, '']);
  await until(() => stage.sandbox.processes().length === 0, 'the sign-in is over');
  assert.equal(knownCalls(stage).length, 1);
  return stage;
}

/** Deletes the known calls and prevents new ones, so that the next calls read their settings. */
function forget({ sandbox }: Stage): void {
  const calls = join(sandbox.home, '.local/state/daypass/calls');
  rmSync(calls, { recursive: true });
  closeSync(openSync(calls, 'w'));
}

test('a known call and the reader print the same line, and ask only the keychain', async (t) => {
  const stage = await openKnownStage(t);
  const counts = () => [{ ...stage.provider.counts }, stage.sts.calls.length, stage.launcher.launches.length];
  const before = counts();
  const known = await stage.daypass();
  forget(stage);
  assert.deepEqual(known, await stage.daypass());
  assertVersion1(known.stdout);
  assert.deepEqual(counts(), before);
});

test('a known call gets the credentials of a changed role at once', async (t) => {
  const stage = await openKnownStage(t);
  const before = await stage.daypass();
  const other = roleArn.replace('DeveloperAccess', 'DeveloperEccess');
  const [trust] = stage.trust;
  assert.ok(trust);
  stage.trust.push({ ...trust, roleArn: other });
  stage.sandbox.writeConfig(stage.config({ daypass_role_arn: other }));
  const after = await stage.daypass();
  assert.equal(after.code, 0, after.stderr);
  assert.notEqual(after.stdout, before.stdout);
  assert.equal(stage.sts.calls.at(-1)?.roleArn, other);
  stage.sandbox.writeConfig(stage.config());
  assert.deepEqual(await stage.daypass(), before);
  // A fault in the file is reported by the next call.
  stage.sandbox.writeConfig(stage.config({ daypass_duration: 'long' }));
  const { code, stderr } = await stage.daypass();
  assert.equal(code, 65);
  assert.match(stderr, /^daypass: bad-configuration: daypass_duration .*\n/);
});

test('a known call renews credentials that are about to expire', async (t) => {
  const stage = await openKnownStage(t);
  const before = await stage.daypass();
  const ageing = await stage.daypass([], later('+50m'));
  assert.deepEqual(ageing, before);
  await until(() => stage.sts.calls.length === 2, 'they are renewed in the background');
  await until(() => stage.sandbox.processes().length === 0, 'the renewal ends');
  const expired = await stage.daypass([], later('+9h'));
  assert.equal(expired.code, 0, expired.stderr);
  assert.equal(stage.sts.calls.length, 3);
});

test('a known call is signed out after logout', async (t) => {
  const stage = await openKnownStage(t);
  assert.equal((await stage.daypass(['logout'])).code, 0);
  const { code, stdout, stderr } = await stage.daypass([], { DAYPASS_NON_INTERACTIVE: 'true' });
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^daypass: sign-in-needed: /);
});

test('a known call prints a line of up to 8,000 bytes and refuses a longer one', async (t) => {
  const stage = await openKnownStage(t, { tokenBytes: 7000 });
  const rest = (await stage.daypass()).stdout.length - 7000;
  // The local STS issues tokens in steps of four bytes.
  const most = 8000 - ((8000 - rest) % 4);
  const answer = async (length: number) => {
    stage.sts.tokenBytes = length - rest;
    await stage.daypass(['logout']);
    const [first, second] = [await stage.daypass(), await stage.daypass()];
    assert.deepEqual(first, second);
    return first;
  };
  const printed = await answer(most);
  assert.deepEqual([printed.code, printed.stdout.length, printed.stderr], [0, most, '']);
  const refused = await answer(most + 4);
  assert.deepEqual([refused.code, refused.stdout], [69, '']);
  assert.match(
    refused.stderr,
    new RegExp(`^daypass: output-too-large: .* \\(${most + 4} bytes in all\\)\nhint: `),
  );
});

for (const [what, env, told] of [
  [
    'no bus',
    { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
    /^daypass: keychain-missing: no secret service/,
  ],
  ['no address', { DBUS_SESSION_BUS_ADDRESS: 'nothing' }, /^daypass: keychain-missing: no secret service/],
] as const) {
  test(`a known call reports a keychain with ${what} as the reader does`, async (t) => {
    const stage = await openKnownStage(t);
    const known = await stage.daypass([], env);
    forget(stage);
    assert.deepEqual(known, await stage.daypass([], env));
    assert.deepEqual([known.code, known.stdout], [75, '']);
    assert.match(known.stderr, told);
  });
}

test('a known call reports a keychain that hangs after the deadline', async (t) => {
  const stage = await openKnownStage(t);
  const clock = settableClock(join(stage.sandbox.home, '..', 'clock'), { timers: true });
  process.kill(stage.keyring.daemonPid, 'SIGSTOP');
  try {
    const caller = stage.sandbox.start(['--profile', 'developer'], { env: clock.env });
    await until(() => stage.sandbox.processes().length === 1, 'the call runs');
    const look = setInterval(() => {
      clock.set('+50s');
      wakeForClock([caller]);
    }, 500);
    const { stdout, stderr } = await caller.exit.finally(() => clearInterval(look));
    assert.equal(stdout, '');
    assert.match(stderr, /^daypass: keychain-unresponsive: /);
  } finally {
    process.kill(stage.keyring.daemonPid, 'SIGCONT');
  }
});

test('a keychain that hangs does not delay a call that does not use it', async (t) => {
  const stage = await openKnownStage(t);
  const file = { DAYPASS_STORE: 'file' };
  assert.equal((await stage.daypass(['--timeout', '54'], file)).code, 0);
  await until(() => stage.sandbox.processes().length === 0, 'the sign-in is over');
  process.kill(stage.keyring.daemonPid, 'SIGSTOP');
  try {
    // The arguments are those of the known call, and the settings differ.
    const forgets = await stage.daypass([], { DAYPASS_DURATION: 'long' });
    assert.equal(forgets.code, 65);
    assert.equal((await stage.daypass([], file)).code, 0);
  } finally {
    process.kill(stage.keyring.daemonPid, 'SIGCONT');
    // The leak check would find the records in files.
    await stage.daypass(['logout'], file);
  }
});

test('a known call does not print a partly written line again', async (t) => {
  const stage = await openKnownStage(t);
  const { stdout } = await stage.daypass();
  const preload = fileURLToPath(new URL('./support/short-write.cjs', import.meta.url));
  const { code, ...cut } = await stage.daypass([], { NODE_OPTIONS: `--require "${preload}"` });
  assert.equal(cut.stdout, stdout.slice(0, 100));
  assert.equal(code, 74);
  assert.match(cut.stderr, /^daypass: io: cannot write to stdout: ENOSPC\n/);
});

test('a known call fails if the client has ended or the disk is full', async (t) => {
  const stage = await openKnownStage(t);
  const shell = (line: string) =>
    stage.sandbox.runProgram(['/bin/sh', '-c', line, 'sh', ...testedProgram.words]);
  const full = await shell('exec "$@" --profile developer >/dev/full');
  assert.equal(full.code, 74);
  assert.match(full.stderr, /^daypass: io: cannot write to stdout: ENOSPC\n/);
  const gone = await shell('("$@" --profile developer; echo $? >&2) | true');
  assert.equal(gone.stderr, '1\n');
});

test('100 known calls at once print the same line and ask only the keychain', async (t) => {
  const stage = await openKnownStage(t);
  const results = await Promise.all(Array.from({ length: 100 }, () => stage.daypass()));
  assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1);
  for (const { code, stderr } of results) assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stage.sts.calls.length, 1);
});
