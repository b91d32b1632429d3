// Which process has a desktop, decided from what the systems print: the texts are those of their documentation,
// of OpenSSH's log, and of Wine (tasklist). Where these tests run on a Mac, it is asked itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { obstacleToDesktop } from '../../src/browser/desktop.ts';
import { askSystem } from '../../src/process/ask-system.ts';

/** What `whoami /groups /fo csv /nh` prints for a logon type; its words have the language of Windows. */
function groups(name: string, sid: string): string {
  return [
    `"Jeder","Bekannte Gruppe","S-1-1-0","Verbindliche Gruppe, Standardm\ufffd\ufffdig aktiviert"`,
    `"BUILTIN\\Users","Alias","S-1-5-32-545","Mandatory group, Enabled by default, Enabled group"`,
    `"NT AUTHORITY\\${name}","Well-known group","${sid}","Mandatory group, Enabled by default, Enabled group"`,
    `"NT AUTHORITY\\Authenticated Users","Well-known group","S-1-5-11","Mandatory group, Enabled by default, Enabled group"`,
    '',
  ].join('\r\n');
}
const localSystem = [
  '"nt authority\\system","S-1-5-18"',
  '"BUILTIN\\Administrators","Alias","S-1-5-32-544","Enabled by default, Enabled group, Group owner"',
  '"Everyone","Well-known group","S-1-1-0","Mandatory group, Enabled by default, Enabled group"',
].join('\r\n');
const interactive = groups('INTERACTIVE', 'S-1-5-4');
const inSession = (name: string, number: number) => `"node.exe","4711","${name}","${number}","45,312 K"\r\n`;
/** As OpenSSH for Windows sets it: SESSIONNAME is missing. */
const openSsh = {
  SSH_CLIENT: '192.0.2.7 56568 22',
  SSH_CONNECTION: '192.0.2.7 56568 198.51.100.9 22',
  USERPROFILE: 'C:\\Users\\ann',
};

interface Row {
  env?: NodeJS.ProcessEnv;
  whoami?: string;
  tasklist?: string;
  managername?: string;
  terminal?: boolean;
  /** undefined: there is a desktop. */
  obstacle: RegExp | undefined;
  /** The programs that are asked. */
  asked?: string[];
}

function check(
  platform: NodeJS.Platform,
  { env = {}, terminal = false, obstacle, asked, ...answers }: Row,
): void {
  const programs: string[] = [];
  const found = obstacleToDesktop(env, {
    platform,
    ask: (path) => {
      const program = path.split(/[\\/]/).at(-1)?.replace('.exe', '') ?? '';
      programs.push(program);
      return program === 'launchctl' ? answers.managername : answers[program as 'whoami' | 'tasklist'];
    },
    hasTerminal: () => terminal,
  });
  if (obstacle) assert.match(found ?? 'a desktop', obstacle);
  else assert.equal(found, undefined);
  if (asked) assert.deepEqual(programs, asked);
}

const windows: Readonly<Record<string, Row>> = {
  'the console': { env: { SESSIONNAME: 'Console' }, obstacle: undefined, asked: [] },
  'Remote Desktop': { env: { SESSIONNAME: 'RDP-Tcp#3' }, obstacle: undefined, asked: [] },
  'a session that is named Services': {
    env: { SESSIONNAME: 'Services' },
    obstacle: /Windows service/,
    asked: [],
  },
  'OpenSSH without a terminal': { env: openSsh, obstacle: /there is no desktop/, asked: [] },
  'OpenSSH with a terminal': { env: { ...openSsh, SSH_TTY: 'windows-pty' }, obstacle: /there is no desktop/ },
  WinRM: { whoami: groups('NETWORK', 'S-1-5-2'), obstacle: /remote shell/, asked: ['whoami'] },
  'a scheduled task': { whoami: groups('BATCH', 'S-1-5-3'), obstacle: /scheduled task/ },
  'a service of a user': { whoami: groups('SERVICE', 'S-1-5-6'), obstacle: /Windows service/ },
  'a service of LocalSystem': { whoami: localSystem, obstacle: /Windows service/ },
  'a user whom a service logged on': {
    ...{ whoami: interactive, tasklist: inSession('Services', 0) },
    obstacle: /Windows service/,
  },
  'a program of the desktop without SESSIONNAME': {
    ...{ whoami: interactive, tasklist: inSession('Console', 1), asked: ['whoami', 'tasklist'] },
    obstacle: undefined,
  },
  'a name with a comma in session 10': {
    whoami: interactive,
    tasklist: inSession('RDP, x', 10),
    obstacle: undefined,
  },
  'a message of tasklist': {
    whoami: interactive,
    tasklist: 'INFO: No tasks are running which match the specified criteria.\r\n',
    obstacle: undefined,
  },
  'a Windows that does not tell': { obstacle: undefined },
  'a whoami that prints nothing, in the session of the services': {
    ...{ whoami: '', tasklist: inSession('', 0) },
    obstacle: /Windows service/,
  },
};
for (const [name, row] of Object.entries(windows))
  test(`Windows, ${name}: ${row.obstacle ? 'no desktop' : 'a desktop'}`, () => check('win32', row));

const job = { XPC_SERVICE_NAME: 'com.example.sync' };
const mac: Readonly<Record<string, Row>> = {
  Terminal: { env: { XPC_SERVICE_NAME: '0' }, managername: 'Aqua\n', terminal: true, obstacle: undefined },
  'an app': {
    env: { XPC_SERVICE_NAME: 'application.com.microsoft.VSCode.1152921.1152927' },
    managername: 'Aqua\n',
    obstacle: undefined,
  },
  SSH: { env: openSsh, obstacle: /there is no desktop/, asked: [] },
  'a remote login without variables': { managername: 'Background\n', obstacle: /domain Background/ },
  'tmux on the desktop': {
    ...{ env: { TMUX: '/private/tmp/tmux-501/default,123,0' }, managername: 'Background\n', terminal: true },
    obstacle: undefined,
  },
  'screen on the desktop': {
    ...{ env: { STY: '123.ttys001.mac' }, managername: 'Background\n', terminal: true },
    obstacle: undefined,
  },
  'tmux in SSH': { env: { ...openSsh, TMUX: '/tmp/x,1,0' }, terminal: true, obstacle: /no desktop/ },
  'a daemon that a person started in tmux': {
    ...{ env: { TMUX: '/tmp/x,1,0' }, managername: 'Background\n', obstacle: /domain Background/ },
  },
  cron: { managername: 'System\n', obstacle: /domain System/, asked: ['launchctl'] },
  'a daemon': { env: job, managername: 'System\n', obstacle: /domain System/ },
  'the login window': { managername: 'LoginWindow\n', obstacle: /domain LoginWindow/ },
  'a launch agent': { env: job, managername: 'Aqua\n', obstacle: /launchd runs this as a job/ },
  'a terminal in a launch agent, as of tmux': {
    env: job,
    managername: 'Aqua\n',
    terminal: true,
    obstacle: undefined,
  },
  'a launchctl that fails': { obstacle: undefined },
  'a launch agent where launchctl fails': { env: job, obstacle: /launchd runs this as a job/ },
};
for (const [name, row] of Object.entries(mac))
  test(`macOS, ${name}: ${row.obstacle ? 'no desktop' : 'a desktop'}`, () => check('darwin', row));

test('on Linux no program is asked', () => {
  check('linux', { obstacle: /there is no desktop/, asked: [] });
  check('linux', { env: { DISPLAY: ':0' }, obstacle: undefined, asked: [] });
});

test('this Mac tells its launchd domain', {
  skip: process.platform !== 'darwin' && 'only macOS has launchd',
}, () => {
  const domain = askSystem('/bin/launchctl', ['managername']) ?? '';
  assert.match(domain, /^(Aqua|Background|System|LoginWindow|StandardIO)\n$/);
});
