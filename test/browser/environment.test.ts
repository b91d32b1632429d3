// The variables that the browser gets, and that SECURITY.md lists.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { browserEnvironment, browserVariables, proxyVariables } from '../../src/browser/environment.ts';

test('SECURITY.md lists the variables that pass to the browser, and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../SECURITY.md'), 'utf8');
  const section = page.split('\n## ').find((part) => part.startsWith('What the browser gets\n')) ?? '';
  const table = section.split('\n').filter((line) => line.startsWith('| '));
  const listed = table.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  assert.deepEqual(listed.sort(), [...browserVariables, ...proxyVariables].sort());
});

/** Variables of a shell profile, most of them without a telling name. */
const foreign = {
  GITHUB_PAT: 'x',
  DATABASE_URL: 'postgres://ann:x@db/app',
  MYSQL_PWD: 'x',
  PGPASSFILE: 'x',
  REDISCLI_AUTH: 'x',
  AZURE_CLIENT_CERTIFICATE_PATH: 'x',
  ARM_ACCESS_KEY: 'x',
  GOOGLE_CREDS: 'x',
  GOOGLE_API_KEY: 'x',
  DO_PAT: 'x',
  SENTRY_DSN: 'x',
  NIX_CONFIG: 'access-tokens = github.com=x',
  VSCODE_GIT_ASKPASS_NODE: 'x',
  VSCODE_GIT_IPC_HANDLE: 'x',
  SSLKEYLOGFILE: 'x',
  LD_PRELOAD: 'x',
  G_MESSAGES_DEBUG: 'all',
  HOMEBREW_X: 'x',
  PATH_TO_KEY: 'x',
  XDG_SESSION_TOKEN: 'x',
  MOZ_SECRET: 'x',
};

test('no variable passes that a browser does not need', () => {
  assert.deepEqual(browserEnvironment(foreign), {});
});

const desktops: Record<string, Record<string, string>> = {
  'an X11 session with an input method': {
    ...{ HOME: '/home/ann', PATH: '/usr/bin', LANG: 'de_DE.UTF-8', LC_TIME: 'C', DISPLAY: ':0' },
    ...{ XAUTHORITY: '/run/user/1000/x', XMODIFIERS: '@im=fcitx', GTK_IM_MODULE: 'fcitx' },
    ...{ QT_IM_MODULE: 'fcitx', DESKTOP_SESSION: 'plasma', KDE_FULL_SESSION: 'true' },
    ...{ KDE_SESSION_VERSION: '6', SSH_AUTH_SOCK: '/run/user/1000/agent' },
  },
  'a Wayland session with Kerberos': {
    ...{ WAYLAND_DISPLAY: 'wayland-0', XDG_RUNTIME_DIR: '/run/user/1000', XDG_CURRENT_DESKTOP: 'GNOME' },
    ...{ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus', MOZ_ENABLE_WAYLAND: '1' },
    ...{ GSK_RENDERER: 'gl', WEBKIT_DISABLE_DMABUF_RENDERER: '1', GALLIUM_DRIVER: 'd3d12' },
    ...{ GDK_BACKEND: 'wayland', KRB5CCNAME: 'KCM:1000', KRB5_CONFIG: '/etc/krb5.conf' },
  },
  'WSL, and a remote shell of VS Code': {
    ...{ WSL_DISTRO_NAME: 'Ubuntu', WSL_INTEROP: '/run/WSL/11_interop', WSLENV: 'A/p' },
    ...{ VSCODE_IPC_HOOK_CLI: '/run/user/1000/vscode-ipc.sock', BROWSER: '/home/ann/helpers/browser.sh' },
    ...{ VSCODE_CLIENT_COMMAND: 'Code.exe', VSCODE_CLIENT_COMMAND_CWD: '/mnt/c' },
  },
  Windows: {
    ...{ SystemRoot: 'C:\\Windows', Path: 'C:\\Windows', APPDATA: 'C:\\a', LOCALAPPDATA: 'C:\\l' },
    ...{ 'ProgramFiles(x86)': 'C:\\p', CommonProgramW6432: 'C:\\c', USERDOMAIN_ROAMINGPROFILE: 'COMPANY' },
  },
};
for (const [where, env] of Object.entries(desktops)) {
  test(`the variables of ${where} pass as they are`, () => {
    assert.deepEqual(browserEnvironment({ ...env, ...foreign }), env);
  });
}

const addresses: [given: string, passed: string][] = [
  ['http://proxy.example:8080', 'http://proxy.example:8080'],
  ['http://ann:pass@proxy.example:8080/', 'http://proxy.example:8080/'],
  ['http://COMPANY\\ann:p@ss/w#rd?x@proxy.example:8080', 'http://proxy.example:8080'],
  ['ann:pass@proxy.example:8080', 'proxy.example:8080'],
  ['socks5h://ann@proxy.example', 'socks5h://proxy.example'],
  ['http://ann:two\nlines@proxy.example', 'http://proxy.example'],
  ['', ''],
];
for (const [given, passed] of addresses) {
  test(`the proxy ${JSON.stringify(given)} passes as ${JSON.stringify(passed)}`, () => {
    for (const name of ['https_proxy', 'HTTP_PROXY', 'all_proxy', 'SOCKS_SERVER'])
      assert.deepEqual(browserEnvironment({ [name]: given }), { [name]: passed });
  });
}
