// --log writes the steps of each process of a sign-in, a refresh and a logout to one file.
import assert from 'node:assert/strict';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { executableUnderTest } from './support/executable-under-test.ts';
import { openStageFor } from './support/logging-stage.ts';
import { later } from './support/other-clock.ts';
import { type Stage, signInProgram } from './support/stage.ts';
import { until } from './support/until.ts';

interface Line {
  pid: string;
  process: string;
  step: string;
  facts: Record<string, string>;
}

function lines({ sandbox }: Stage): Line[] {
  const text = readFileSync(join(sandbox.home, 'daypass.log'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const found =
        /^\d{4}-\d\d-\d\dT[\d:.]{12}Z (\d+) (reader|renewal|command) \d+ms ([a-z-]+)((?: [a-zA-Z]+=\S+)*)$/.exec(
          line,
        );
      assert.ok(found, `not a line of the log: ${line}`);
      const [, pid = '', process = '', step = '', facts = ''] = found;
      const pairs = facts.split(' ').slice(1);
      return { pid, process, step, facts: Object.fromEntries(pairs.map((pair) => pair.split('='))) };
    });
}

/** Returns the new steps by process; `request` with its host. */
function told(stage: Stage, from: number): Record<string, string[]> {
  const { host } = new URL(stage.provider.issuer);
  const sts = new URL(stage.sts.url).host;
  const steps: Record<string, string[]> = {};
  for (const { process, step, facts } of lines(stage).slice(from)) {
    const to = facts.to?.replace(host, 'provider').replace(sts, 'sts');
    const what = step === 'request' ? `${facts.method} ${to}` : step === 'response' ? facts.status : step;
    steps[process] = [...(steps[process] ?? []), what ?? facts.error ?? ''];
  }
  return steps;
}

test('the log has the steps of a sign-in, a hit, a refresh, a failure and a logout in order', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const count = () => lines(stage).length;
  // The caller may have ended before the renewal writes this.
  const renewalEnds = (from: number) =>
    until(() => told(stage, from).renewal?.at(-1) === 'waiter-left', 'the renewal has said its last');
  assert.equal((await stage.daypass()).code, 0);
  await renewalEnds(0);
  const signIn = told(stage, 0);
  assert.deepEqual(signIn.reader, [
    'called',
    'looked',
    'asks',
    'renewal-started',
    'link-told',
    'answered',
    'ended',
  ]);
  const discovery = 'GET provider/.well-known/openid-configuration';
  assert.deepEqual(signIn.renewal, [
    'began',
    'lock-taken',
    'waiter',
    discovery,
    '200',
    'browser',
    'link',
    'link-opened',
    'callback',
    'POST provider/token',
    '200',
    'GET provider/jwks',
    '200',
    'code-exchanged',
    // Once as read, and once with the name of the new credentials.
    'saved',
    'saved',
    'POST sts/',
    '200',
    'sts-answered',
    'saved',
    'outcome',
    'waiter-left',
  ]);
  const [called] = lines(stage);
  const { command, profile, store, daypass, node, system } = called?.facts ?? {};
  assert.deepEqual(
    [command, profile, store, node, system],
    [
      'credential-process',
      'developer',
      'keychain',
      executableUnderTest ? node : process.version,
      `${process.platform}-${process.arch}`,
    ],
  );
  assert.match(daypass ?? '', /^\d+\.\d+\.\d+/);
  const started = lines(stage).find(({ step }) => step === 'renewal-started');
  const began = lines(stage).find(({ step }) => step === 'began');
  assert.equal(started?.facts.renewal, began?.pid);

  let from = count();
  assert.equal((await stage.daypass()).code, 0);
  assert.deepEqual(told(stage, from), { reader: ['called', 'looked', 'ended'] });

  from = count();
  assert.equal((await stage.daypass([], later('+3h'))).code, 0);
  await renewalEnds(from);
  const refresh = told(stage, from).renewal ?? [];
  assert.deepEqual(
    refresh.filter((step) => /POST|refresh|saved|outcome/.test(step)),
    // The rotated token is saved before the answer is checked, and then the session.
    ['refreshing', 'POST provider/token', 'saved', 'saved', 'POST sts/', 'saved', 'outcome'],
  );

  from = count();
  await stage.provider.stop();
  assert.equal((await stage.daypass(['login', '--force'])).code, 69);
  await renewalEnds(from);
  const failing = told(stage, from);
  assert.deepEqual(failing.renewal?.slice(-3), ['ECONNREFUSED', 'outcome', 'waiter-left']);
  assert.equal(failing.command?.at(-1), 'failed');
  const { facts } = lines(stage).find(({ step }) => step === 'failed') ?? {};
  assert.match(facts?.fault ?? '', /^cannot_reach/);

  from = count();
  assert.equal((await stage.daypass(['logout'])).code, 69);
  assert.deepEqual(told(stage, from).command, [
    'called',
    discovery,
    'ECONNREFUSED',
    'revocation',
    'deleted',
    'failed',
  ]);
  assert.equal(statSync(join(stage.sandbox.home, 'daypass.log')).mode & 0o777, 0o600);
});

test('a link, a proxy or an error text cannot add a line to the log', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  stage.sandbox.writeConfig(stage.config({ daypass_issuer: 'http://127.0.0.1:9/a%0A2026-01-01' }));
  await stage.daypass(['login']);
  for (const { step } of lines(stage)) assert.doesNotMatch(step, /2026/);
});

test('a log that is a link gets no line, and the terminal says so once', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: signInProgram } });
  const { home } = stage.sandbox;
  writeFileSync(join(home, 'victim'), 'mine');
  symlinkSync('victim', join(home, 'link'));
  const args = ['--profile', 'developer', '--log', join(home, 'link')];
  const { code, stdout, stderr, terminal } = await stage.sandbox.runInTerminal(args).exit;
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(JSON.parse(stdout).Version, 1);
  assert.equal(terminal.match(/link is a link, so daypass logs nothing/g)?.length, 1, terminal);
  assert.equal(readFileSync(join(home, 'victim'), 'utf8'), 'mine');
});
