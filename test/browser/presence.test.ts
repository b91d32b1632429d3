import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presence } from '../../src/browser/presence.ts';
import { childEnvironment } from '../../src/process/child-environment.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';

/** The environment of a shell in WSL without WSLg. */
const wsl = {
  WSL_DISTRO_NAME: 'Ubuntu',
  WSL_INTEROP: '/run/WSL/11_interop',
  WSLENV: 'WT_SESSION:WT_PROFILE_ID:',
  PATH: '/usr/bin:/mnt/c/Windows/system32',
};
const ssh = { SSH_CONNECTION: '192.0.2.7 50000 198.51.100.9 22' };

const rows: [where: string, env: NodeJS.ProcessEnv, desktop: boolean][] = [
  ['no display', {}, false],
  ['X11', { DISPLAY: ':0' }, true],
  ['Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['WSL', wsl, true],
  ['WSL with its interop variable alone', { WSL_INTEROP: wsl.WSL_INTEROP }, true],
  ['WSL with its name alone', { WSL_DISTRO_NAME: 'Ubuntu' }, true],
  ['WSL over SSH, where the person sits at another machine', { ...wsl, ...ssh }, false],
  ['WSL in CI', { ...wsl, CI: 'true' }, false],
];

for (const [where, env, desktop] of rows) {
  test(`${where}: ${desktop ? 'a tab can be opened' : 'no tab can be opened'}`, {
    skip: process.platform !== 'linux',
  }, () => {
    assert.equal(presence({ nonInteractive: false }, env).desktop, desktop);
  });
}

test('a call in a Windows service fails at once and says why, and one on the console opens a tab', (t) => {
  pretendPlatform(t, 'win32');
  const obstacle = 'this runs in a Windows service, which has no desktop, and there is no terminal';
  assert.deepEqual(presence({}, { SESSIONNAME: 'Services' }), {
    interactive: false,
    desktop: false,
    obstacle,
  });
  assert.equal(presence({}, { SESSIONNAME: 'Console' }).desktop, true);
  // A program that the person named may need no desktop.
  assert.equal(presence({ browser: ['C:\\b.exe'] }, { SESSIONNAME: 'Services' }).desktop, true);
});

test('the environment of a child keeps the variables that start the Windows browser from WSL', () => {
  assert.deepEqual(childEnvironment({ ...wsl, AWS_SESSION_TOKEN: 'x', NODE_OPTIONS: 'x' }), wsl);
});
