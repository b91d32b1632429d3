// What a person reads while a sign-in is open.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignInLink, SignInReason } from '../../src/request/protocol.ts';
import { signInMessage, type Wait } from '../../src/request/sign-in-message.ts';
import { reasons } from '../../src/session/summary.ts';
import type { Settings } from '../../src/settings/settings.ts';

const settings = {
  profile: 'developer',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
  signInFlags: '--profile developer',
} as Settings;
const link = 'http://127.0.0.1:40123/start/DQZYsjnIHQOSD0zhwde_6w';
const wait: Wait = { patience: 330_000, joined: false, foreground: true, width: 80 };
const ssh = { SSH_CONNECTION: '192.0.2.7 50000 198.51.100.9 22' };

function shown(event: Partial<SignInLink> = {}, more: Partial<Wait> = {}, env = {}): string {
  const all: SignInLink = { type: 'link', link, print: true, browser: true, ...event };
  return signInMessage(settings, all, env, { ...wait, ...more });
}

test('the text says for which role, why, where, how long and how to cancel', () => {
  const text = `daypass: signing in as developer: role DeveloperAccess, account 1234-5678-9012
  why: you are not signed in
  your browser opens; if it does not, open this link:
  ${link}
  daypass waits up to 5 minutes; ^C cancels
`;
  assert.equal(shown({ reason: 'no-sign-in' }), text);
});

test('a renewal that gives no reason leaves its line out', () => {
  assert.equal(shown().split('\n').length, 4 + 1);
  assert.doesNotMatch(shown(), /why/);
});

test('the wait is that of the call, and ^C is named only where it reaches the call', () => {
  assert.match(
    shown({}, { patience: 55_000 }),
    /\n {2}daypass waits up to 55 s; the sign-in stays open for 5 minutes; \^C cancels\n$/,
  );
  assert.match(shown({}, { foreground: false }), /\n {2}daypass waits up to 5 minutes\n$/);
  assert.match(shown({}, { joined: true }), /5 minutes; \^C ends this wait\n$/);
});

test('at 80 and 60 columns each line fits and the link stays whole, at most in 5 lines and 7', () => {
  const all: (SignInReason | undefined)[] = [
    ...(Object.keys(reasons) as SignInReason[]),
    'forced',
    undefined,
  ];
  const code = { link: 'https://id.example/device', userCode: 'WDJB-MJHT' };
  for (const [width, most] of [
    [80, 5],
    [60, 7],
  ] as const)
    for (const reason of all)
      for (const event of [{}, { browser: false }, code])
        for (const patience of [55_000, 330_000]) {
          const text = shown({ ...event, reason }, { width, patience });
          const lines = text.trimEnd().split('\n');
          const rows = event === code ? most + 1 : most;
          assert.ok(lines.length <= rows, text);
          for (const line of lines) assert.ok(line.length <= width, text);
          assert.ok(lines.includes(`  ${event === code ? code.link : link}`), text);
        }
});

test('a remote shell gets the command to run if no browser can open the link', () => {
  const none = shown({ browser: false }, {}, ssh);
  assert.match(none, /\n {2}your own machine cannot open it; run: daypass login --profile developer\n/);
  for (const line of none.split('\n')) assert.ok(line.length <= 80, line);
});
