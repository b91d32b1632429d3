// Programs that misbehave on purpose run instead of daypass, and the right oracle must complain.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { type Call, type Case, type FaultStage, judge } from './fault.ts';
import { oracles as all } from './oracles.ts';

/** Runs these lines instead of daypass. Their variable `secret` is the newest secret of the stage. */
function instead(lines: string): (stage: FaultStage) => Promise<Call> {
  return async ({ sandbox, provider }) => {
    const program = `const secret = require('node:fs').readFileSync(0, 'utf8'); ${lines}`;
    const child = spawn(process.execPath, ['-e', program], { cwd: sandbox.home, env: sandbox.env });
    child.stdin.end([...provider.secrets].at(-1));
    const streams = [text(child.stdout), text(child.stderr), once(child, 'exit')] as const;
    const [stdout, stderr, [code]] = await Promise.all(streams);
    return { code, stdout, stderr };
  };
}

const denial = `process.stderr.write('daypass: denied: no\\nhint: run: daypass login\\n'); process.exitCode = 77;`;
const spawns = `require('node:child_process').spawn`;
const writes = `require('node:fs').writeFileSync`;

/** Lists the oracles that must complain, with the program that each catches. */
type Row = [found: string, what: string, lines: string, more?: Case];

const wrongdoers: Row[] = [
  ['O1', 'a success that should be none', denial, {}],
  ['O1', 'another exit code', `${denial} process.exitCode = 1`, { error: 'denied' }],
  ['O1', 'another code word', denial, { error: 'cancelled' }],
  ['O1', 'other words', denial, { error: 'denied', text: /because/ }],
  ['O2', 'a failure with output', `console.log('{}'); ${denial}`, { error: 'denied' }],
  ['O2', 'half a line', `process.stdout.write('{"Version":1')`],
  ['O3', 'a token on stderr', `${denial} console.error('hint: ' + secret)`, { error: 'denied' }],
  [
    'O3',
    'a token on stderr as base64',
    `${denial} process.stderr.write('hint: ' + Buffer.from(secret).toString('base64') + '\\n')`,
    { error: 'denied' },
  ],
  ['O3', 'a token in the log', `${writes}('daypass.log', secret); ${denial}`, { error: 'denied' }],
  [
    'O3',
    "a token in a child's environment",
    `${spawns}('sleep', ['1'], {env: {...process.env, TOKEN: secret}}).on('exit', () => {}); ${denial}`,
    { error: 'denied' },
  ],
  [
    'O3',
    'a token in an argument of a child',
    `${spawns}('sh', ['-c', 'sleep 1; :', secret]); ${denial}`,
    { error: 'denied' },
  ],
  ['O5', 'a file', `${writes}('.local/state/daypass/x.tmp', ''); ${denial}`, { error: 'denied' }],
  [
    'O5',
    'a process',
    `${spawns}('sleep', ['60'], {detached: true, stdio: 'ignore'}).unref(); ${denial}`,
    { error: 'denied' },
  ],
  ['O6', 'a program that hangs', `setTimeout(() => {}, 1500); ${denial}`, { error: 'denied', within: 1000 }],
  ['O2 O7', 'a success with a word', `console.error('done')`],
  ['O7', 'colours', `${denial} console.error('\\x1b[31mred')`, { error: 'denied' }],
  ['O7', 'no hint', `console.error('daypass: denied: no'); process.exitCode = 77`, { error: 'denied' }],
  ['O7', 'a stack', `${denial} console.error(new Error('x').stack)`, { error: 'denied' }],
  ['O7', 'a long story', `${denial} console.error('x'.repeat(3000))`, { error: 'denied' }],
];

suite('caught', { concurrency: 4 }, () => {
  for (const [found, what, lines, more = {}] of wrongdoers) {
    test(`${found} catches ${what}`, () => caughtBy(found, { ...more, act: instead(lines) }));
  }

  test('O8 catches a program that posts a spent token', () =>
    caughtBy('O4 O8', {
      error: 'denied',
      act: async (stage) => {
        const { issuer, secrets } = stage.provider;
        const refreshToken = [...secrets].find((secret) => secret.startsWith('refresh-')) ?? '';
        const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
        for (let time = 0; time < 2; time++) await fetch(`${issuer}/token`, { method: 'POST', body });
        return instead(denial)(stage);
      },
    }));

  test('O8 catches a program that opens a tab too many', () =>
    caughtBy('O8', {
      error: 'denied',
      act: async (stage) => {
        const [control = ''] = stage.launcher.browserSetting.split(' ').slice(-1);
        await fetch(control, { method: 'POST', body: JSON.stringify({ argv: [], env: {} }) });
        return instead(denial)(stage);
      },
    }));
});

// This test runs alone, because all cases share the keychain.
test('O4 catches a program that empties the keychain', () =>
  caughtBy('O4', {
    error: 'denied',
    act: async (stage) => {
      const { env } = stage.sandbox;
      for (const account of await stage.keyring.accounts('daypass')) {
        const clear = spawn('secret-tool', ['clear', 'service', 'daypass', 'account', account], { env });
        await once(clear, 'exit');
      }
      return instead(denial)(stage);
    },
  }));

test('each oracle catches a program', () => {
  const shown = new Set([...wrongdoers.flatMap(([found]) => found.split(' ')), 'O4', 'O8']);
  assert.deepEqual(
    Object.keys(all).map((name) => name.slice(0, 2)),
    [...shown].sort(),
  );
});

async function caughtBy(oracles: string, given: Case): Promise<void> {
  // A session gives the program something to lose or leak.
  const error = await judge({ session: true, ...given }).then(
    () => assert.fail('no oracle complained'),
    (thrown) => thrown,
  );
  assert.ok(Array.isArray(error.actual), error);
  const found: string[] = error.actual;
  assert.deepEqual([...new Set(found.map((complaint) => complaint.slice(0, 2)))], oracles.split(' '));
}
