// Which console of Windows a person sees. Only Windows has such consoles: the answers are those that its
// documentation names for GetConsoleWindow, and that the source of Windows Terminal gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConsoleHidden, isWindowSeen } from '../../src/browser/visible-terminal.ts';

const desktop = { SESSIONNAME: 'Console' };
const ssh = { SSH_CONNECTION: '192.0.2.7 56568 198.51.100.9 22' };
const service = '"NT AUTHORITY\\SERVICE","Well-known group","S-1-5-6","Mandatory group"\r\n';

interface Row {
  env: NodeJS.ProcessEnv;
  hasStream?: boolean;
  whoami?: string;
  window?: string;
  hidden: boolean;
  asked: string[];
}

const rows: Readonly<Record<string, Row>> = {
  'a shell in a terminal': { env: desktop, hasStream: true, hidden: false, asked: [] },
  'a client that takes all streams, in a visible console': {
    ...{ env: desktop, window: '265432 True ConsoleWindowClass\r\n', asked: ['powershell'] },
    hidden: false,
  },
  'such a client in Windows Terminal': {
    ...{ env: desktop, window: '197120 False PseudoConsoleWindow\r\n', asked: ['powershell'] },
    hidden: false,
  },
  'a program that was started with CREATE_NO_WINDOW': {
    ...{ env: desktop, window: '0 False \r\n', asked: ['powershell'] },
    hidden: true,
  },
  'a program that was started with SW_HIDE': {
    ...{ env: desktop, window: '331204 False ConsoleWindowClass\r\n', asked: ['powershell'] },
    hidden: true,
  },
  'a console, where PowerShell may not be used': { env: desktop, hidden: false, asked: ['powershell'] },
  'a service, even if a stream is the console': {
    ...{ env: {}, hasStream: true, whoami: service, asked: ['whoami'] },
    hidden: true,
  },
  'OpenSSH with a terminal': { env: { ...ssh, SSH_TTY: 'windows-pty' }, hidden: false, asked: [] },
  'OpenSSH with one command': { env: ssh, hidden: true, asked: [] },
};
for (const [name, { env, hasStream = false, hidden, asked, ...answers }] of Object.entries(rows)) {
  test(`${name}: the console is ${hidden ? 'hidden' : 'visible'}`, () => {
    const programs: string[] = [];
    const found = isConsoleHidden(env, {
      platform: 'win32',
      hasStream,
      ask: (path, _words, options) => {
        const program = path.split('\\').at(-1)?.replace('.exe', '') ?? '';
        programs.push(program);
        // It must share the console that it is asked about.
        if (program === 'powershell') assert.equal(options?.ownConsole, false);
        return program === 'powershell' ? answers.window : answers[program as 'whoami'];
      },
    });
    assert.equal(found, hidden);
    assert.deepEqual(programs, asked);
  });
}

test('on other systems no console is hidden, and no program is asked', () => {
  const ask = () => assert.fail('asked');
  for (const platform of ['linux', 'darwin'] as const)
    assert.equal(isConsoleHidden({}, { platform, ask, hasStream: false }), false);
});

test('after an unknown answer of PowerShell the console counts as visible', () => {
  for (const answer of ['', 'Add-Type : Cannot add type.', undefined])
    assert.equal(isWindowSeen(answer), true);
});
