// What a person sees on the terminal before, during and after the wait for a sign-in. All processes are real.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logged, openStageFor } from './support/logging-stage.ts';
import { later } from './support/other-clock.ts';
import { daypassCommand } from './support/sandbox.ts';
import { signInOverHttp } from './support/sign-in-over-http.mjs';
import type { Stage } from './support/stage.ts';
import { until } from './support/until.ts';

const patience = 60_000;
const plain = { NO_COLOR: '1', CI: '' };
const onLinux = { skip: process.platform !== 'linux' };
const done = /✓ Signed in as ada@example\.com until \d\d:\d\d UTC\S* \(\d+ min left\)\r?\n/;
/** Erases to the end of the line. */
const erase = '\x1b[K';
const startLogin = ({ sandbox }: Stage) =>
  sandbox.runInTerminal(['login', '--profile', 'developer'], { wholly: true, env: plain });
const count = (text: string, of: RegExp) => text.match(new RegExp(of, 'g'))?.length ?? 0;
const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] waiting for the sign-in \d:\d\d/;

test(
  'login shows why, for whom, how long and a spinner, and its summary begins with the sign',
  onLinux,
  async (t) => {
    const stage = await openStageFor(t);
    const run = startLogin(stage);
    const link = await stage.launcher.nextLink();
    await run.waitForTerminal(
      /^daypass: signing in as developer: role DeveloperAccess, account 1234-5678-9012\r\n {2}why: you are not signed in\r\n {2}your browser opens; if it does not, open this link:\r\n {2}http:\/\/127\S+\r\n {2}daypass waits up to 5 minutes; \^C cancels\r\n/,
      patience,
    );
    await run.waitForTerminal(spinner, patience);
    await signInOverHttp(link);
    const { code, terminal } = await run.exit;
    assert.equal(code, 0);
    assert.equal(count(terminal, done), 1, terminal);
    // The last that is written of the spinner is its end.
    assert.match(terminal.split(erase).at(-1) ?? '', /^✓ Signed in/);
  },
);

test(
  'a client on a terminal gets the text and one line at the end, no spinner, and clean pipes',
  onLinux,
  async (t) => {
    const stage = await openStageFor(t);
    const run = stage.sandbox.runInTerminal(['--profile', 'developer'], { env: { FORCE_COLOR: '1' } });
    const link = await stage.launcher.nextLink();
    await run.waitForTerminal(
      /why: you are not signed in\r\n[\s\S]*daypass waits up to 55 s; the sign-in stays open for 5 minutes; \^C cancels/,
      patience,
    );
    await signInOverHttp(link);
    const { code, stdout, stderr, terminal } = await run.exit;
    assert.deepEqual([code, stderr, stdout.split('\n').length], [0, '', 2]);
    assert.equal(JSON.parse(stdout).Version, 1);
    assert.equal(count(terminal, done), 1, terminal);
    assert.ok(!terminal.includes('\x1b'), terminal);
  },
);

test(
  'callers that joined on the same terminal repeat neither the link nor the line at the end',
  onLinux,
  async (t) => {
    const stage = await openStageFor(t);
    const call = `${daypassCommand} --profile developer >/dev/null`;
    const words = ['/bin/sh', '-c', `${call} & ${call} & ${call} & wait`];
    const run = stage.sandbox.runProgramInTerminal(words, { wholly: true, env: plain });
    const link = await stage.launcher.nextLink();
    await until(() => logged(stage, 'waiter').length === 3, 'all wait');
    await signInOverHttp(link);
    const { terminal } = await run.exit;
    assert.equal(count(terminal, /signing in as/), 1, terminal);
    assert.equal(count(terminal, done), 1, terminal);
  },
);

test('exec on a terminal animates, says who is signed in, and then runs its command', onLinux, async (t) => {
  const stage = await openStageFor(t);
  const args = ['exec', '--profile', 'developer', '--', 'echo', 'it runs'];
  const run = stage.sandbox.runInTerminal(args, { wholly: true, env: plain });
  const link = await stage.launcher.nextLink();
  await run.waitForTerminal(spinner, patience);
  await signInOverHttp(link);
  const { terminal } = await run.exit;
  assert.match(
    terminal.split(erase).at(-1) ?? '',
    /^✓ Signed in as ada@example\.com until .*\r\nit runs\r\n$/,
  );
});

test('in CI and with stdout in a pipe there is no spinner', onLinux, async (t) => {
  const stage = await openStageFor(t);
  const words = ['login', '--profile', 'developer', '--browser', stage.launcher.browserSetting];
  for (const options of [{ wholly: true, env: { CI: 'true' } }, { env: plain }]) {
    const run = stage.sandbox.runInTerminal([...words, '--force'], options);
    await signInOverHttp(await stage.launcher.nextLink());
    const { stdout, terminal } = await run.exit;
    const shown = stdout + terminal;
    assert.match(shown, done);
    assert.ok(!/waiting for/.test(shown) && !shown.includes(erase), shown);
  }
});

test(
  '^C of login says that nothing was stored; calls and status tell the seconds; login tries again',
  onLinux,
  async (t) => {
    const stage = await openStageFor(t);
    const run = startLogin(stage);
    await stage.launcher.nextLink();
    await run.waitForTerminal(spinner, patience);
    run.type('\x03');
    const { code, terminal } = await run.exit;
    assert.equal(code, 130);
    assert.match(
      terminal.split(erase).at(-1) ?? '',
      /^Sign-in cancelled\. No credentials were stored\.\r\nTo sign in, run: daypass login --profile developer\r\n$/,
    );
    const call = await stage.daypass();
    const cancelled =
      /cancelled: you cancelled this sign-in \d+ s ago; calls do not open a new tab for \d+ s\n/;
    assert.equal(call.code, 77);
    assert.match(call.stderr, cancelled);
    assert.match(call.stderr, /\nhint: run: daypass login --profile developer\n$/);
    const { stdout } = await stage.daypass(['status']);
    assert.match(
      stdout.replace(/\s+/g, ' '),
      /cancelled: you cancelled this sign-in \d+ s ago; calls do not open/,
    );
    const login = stage.sandbox.start(['login', '--profile', 'developer']);
    await signInOverHttp(await stage.launcher.nextLink());
    assert.equal((await login.exit).code, 0);
  },
);

test('^C while the renewal still starts cancels the sign-in, and no tab opens', async (t) => {
  const stage = await openStageFor(t);
  // On a busy machine ^C could come late. No tab opens before the provider has answered.
  const release = stage.provider.hold('discovery');
  const login = stage.sandbox.start(['login', '--profile', 'developer']);
  await until(() => logged(stage, 'renewal-started').length === 1, 'the renewal is started');
  login.kill('SIGINT');
  assert.equal((await login.exit).code, 130);
  release();
  await until(() => logged(stage, 'outcome').length === 1, 'the renewal has ended');
  assert.equal(logged(stage, 'cancel').length, 1);
  assert.equal(logged(stage, 'outcome')[0]?.facts.code, 'cancelled');
  assert.equal(stage.launcher.launches.length, 0);
});

test('^C of login leaves the sign-in to another command, and says so', onLinux, async (t) => {
  const stage = await openStageFor(t);
  const call = stage.sandbox.start(['--profile', 'developer']);
  const link = await stage.launcher.nextLink();
  const run = startLogin(stage);
  await run.waitForTerminal(/\^C ends this wait[\s\S]*waiting for the sign-in/, patience);
  run.type('\x03');
  const { code, terminal } = await run.exit;
  assert.equal(code, 130);
  assert.match(
    terminal,
    /Stopped waiting\. The sign-in goes on for another command\.\r\nTo wait for it again, run: daypass login --profile developer\r\n$/,
  );
  await signInOverHttp(link);
  assert.equal((await call.exit).code, 0);
});

test('the text says why a session does not renew, also to a caller that joined', onLinux, async (t) => {
  const stage = await openStageFor(t);
  const first = stage.sandbox.start(['login', '--force', '--profile', 'developer']);
  await signInOverHttp(await stage.launcher.nextLink());
  assert.match((await first.exit).stdout, /\n {2}why: you asked for a new sign-in\n/);
  // Using a spent token again revokes the newest one, too.
  const token = stage.provider.latestRefreshToken() ?? '';
  for (let times = 0; times < 2; times++) await stage.provider.accepts(token);
  const call = stage.sandbox.start(['--profile', 'developer'], { env: later('+3h') });
  const link = await stage.launcher.nextLink();
  const joined = stage.sandbox.start(['login', '--profile', 'developer'], { env: later('+3h') });
  await until(
    () => /^ {2}why: the provider no longer accepts the refresh token$/m.test(joined.stdout()),
    'the reason',
  );
  await signInOverHttp(link);
  assert.deepEqual([(await call.exit).code, (await joined.exit).code], [0, 0]);
});
