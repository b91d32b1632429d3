// A browser passes its environment to everything that it runs, so no process may give it a secret.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openBrowser } from '../../src/browser/open.ts';
import { deferred } from '../../src/process/deferred.ts';
import { findSecrets } from '../support/canary.ts';
import { makeDefaultBrowser } from '../support/default-browser.ts';
import { startLocalFederation } from '../support/local-federation.ts';
import { logged, openStageFor } from '../support/logging-stage.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';
import { signInOverHttp } from '../support/sign-in-over-http.mjs';
import { type Stage, signInProgram } from '../support/stage.ts';
import { until } from '../support/until.ts';

const secrets = {
  AWS_SESSION_TOKEN: 'given-session-token',
  AWS_SECRET_ACCESS_KEY: 'given-secret-access-key',
  GITHUB_TOKEN: 'given-github-token',
  NODE_OPTIONS: '--title=given-node-options',
  // No name tells that the value is a secret.
  GITHUB_PAT: 'given-github-pat',
  DATABASE_URL: 'postgres://ann:given-database-word@db/app',
  MYSQL_PWD: 'given-mysql-word',
  ARM_ACCESS_KEY: 'given-arm-key',
};
/** The variables for a desktop, Windows under WSL, single sign-on, an editor, and the company's network. */
const needed = {
  DISPLAY: ':7',
  WSL_INTEROP: '/run/WSL/1_interop',
  WSLENV: 'A/p',
  KRB5CCNAME: 'FILE:/tmp/krb5cc_1000',
  VSCODE_IPC_HOOK_CLI: '/run/user/1000/vscode-ipc.sock',
  XMODIFIERS: '@im=ibus',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1',
};
const proxyWord = 'given-proxy-word';
const given = { ...secrets, ...needed, HTTPS_PROXY: `http://ann:${proxyWord}@127.0.0.1:9` };

type Opens = (stage: Stage, env: Record<string, string>) => Promise<void>;

const opened: Record<string, Opens> = {
  'login on an open sign-in': async (stage, env) => {
    const first = stage.sandbox.start(['--profile', 'developer'], { env });
    await stage.launcher.nextLink();
    const login = stage.sandbox.start(['login', '--profile', 'developer'], { env });
    await signInOverHttp(await stage.launcher.nextLink());
    assert.deepEqual([(await first.exit).code, (await login.exit).code], [0, 0]);
  },
  console: async (stage, env) => {
    const federation = await startLocalFederation();
    try {
      assert.equal((await stage.daypass([], { DAYPASS_BROWSER: signInProgram })).code, 0);
      const args = ['console', '--federation-endpoint', federation.endpoint, '--profile', 'developer'];
      const running = stage.sandbox.start(args, { env });
      const headers = { 'sec-fetch-mode': 'navigate' };
      await once(get(await stage.launcher.nextLink(), { headers }), 'response');
      assert.equal((await running.exit).code, 0);
    } finally {
      await federation.stop();
    }
  },
  'logout --idp': async (stage, env) => {
    assert.equal((await stage.daypass(['logout', '--idp'], env)).code, 0);
    await stage.launcher.nextLink();
  },
};

for (const [what, opens] of Object.entries(opened)) {
  for (const desktop of [false, true]) {
    test(`${what}: ${desktop ? "the desktop's browser" : 'a program'} gets the variables that it needs and no secret`, async (t) => {
      const stage = await openStageFor(t);
      const { sandbox, launcher } = stage;
      if (desktop) {
        sandbox.writeConfig(stage.config({ daypass_browser: '' }));
        makeDefaultBrowser(sandbox.home, launcher.browserSetting);
      }
      await opens(stage, given);
      const passed = launcher.launches.at(-1)?.env ?? {};
      const hidden = [...Object.values(secrets), proxyWord];
      assert.deepEqual(findSecrets({ passed: JSON.stringify(passed) }, hidden), []);
      for (const [name, value] of Object.entries({ ...needed, HOME: sandbox.home }))
        assert.equal(passed[name], value, name);
    });
  }
}

/** An editor on the person's machine, as its server on this one shows it: a socket, and a helper in BROWSER. */
async function startEditor(
  t: TestContext,
): Promise<{ env: Record<string, string>; asked: Promise<unknown> }> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-helper-'));
  const asked = deferred<unknown>();
  const editor = createServer(async (request, response) => {
    asked.resolve(await json(request));
    response.end();
  });
  t.after(() => {
    editor.close();
    rmSync(folder, { recursive: true });
  });
  const hook = join(folder, 'vscode-ipc.sock');
  await once(editor.listen(hook), 'listening');
  // As in the server of VS Code: the helper starts the Node beside it with a client of the editor's socket.
  const helper = join(folder, 'bin/helpers/browser.sh');
  mkdirSync(dirname(helper), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node'));
  const client = `const request = require('node:http').request({
    socketPath: process.env.VSCODE_IPC_HOOK_CLI, method: 'POST', headers: { accept: 'application/json' } });
  request.end(JSON.stringify({ type: 'openExternal', uris: process.argv.slice(-1) }));`;
  writeFileSync(join(folder, 'client.cjs'), client);
  const root = '"$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")"';
  const lines = ['#!/usr/bin/env sh', `ROOT=${root}`, '"$ROOT/node" "$ROOT/client.cjs" --openExternal "$@"'];
  writeFileSync(helper, `${lines.join('\n')}\n`, { mode: 0o755 });
  return { env: { BROWSER: helper, VSCODE_IPC_HOOK_CLI: hook }, asked: asked.promise };
}

const ssh = { SSH_CONNECTION: '192.0.2.7 50000 198.51.100.9 22' };

test('in a remote shell of VS Code, the helper in BROWSER has the editor open the link', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
  const { env, asked } = await startEditor(t);
  const run = stage.sandbox.start(['--profile', 'developer'], { env: { ...ssh, ...secrets, ...env } });
  const { type, uris } = (await asked) as { type: string; uris: string[] };
  assert.equal(type, 'openExternal');
  await signInOverHttp(uris[0] ?? '');
  const { code, stderr } = await run.exit;
  assert.deepEqual([code, stderr], [0, '']);
});

test('login in such a shell says what to do if nothing opens', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
  const { env, asked } = await startEditor(t);
  const login = stage.sandbox.start(['login', '--profile', 'developer'], { env: { ...ssh, ...env } });
  await signInOverHttp(((await asked) as { uris: string[] }).uris[0] ?? '');
  const { code, stdout } = await login.exit;
  assert.equal(code, 0);
  assert.match(
    stdout,
    /your browser opens.*\n {2}http:\S+\n {2}if nothing opens on your own machine, run: daypass login --profile developer --browser none\n/,
  );
});

for (const BROWSER of ['none', 'lynx', '/usr/bin/www-browser:w3m', '']) {
  test(`with BROWSER=${BROWSER || 'empty'} the terminal shows the link, and nothing starts`, async (t) => {
    const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
    const run = stage.sandbox.runInTerminal(['--profile', 'developer'], { env: { BROWSER } });
    const [, link = ''] = await run.waitForTerminal(
      /open this link in a browser of this machine:\s+(http:\S+)/,
    );
    assert.deepEqual(logged(stage, 'browser'), []);
    await signInOverHttp(link);
    assert.equal((await run.exit).code, 0);
  });
}

test('the terminal shows the link if the programs in BROWSER fail, and the sign-in waits', async (t) => {
  const stage = await openStageFor(t, { keys: { daypass_browser: '' } });
  const env = { BROWSER: `/nowhere/firefox:${process.execPath} -e process.exit(4)` };
  const run = stage.sandbox.runInTerminal(['--profile', 'developer'], { env });
  await run.waitForTerminal(/in BROWSER did not start: it ended with exit code 4/);
  const [, link = ''] = await run.waitForTerminal(/if it does not, open this link:\s+(http:\S+)/);
  await signInOverHttp(link);
  assert.equal((await run.exit).code, 0);
  // Without a terminal no person sees the link, so the call ends.
  assert.equal((await stage.daypass(['logout'])).code, 0);
  const { code, stderr } = await stage.daypass([], env);
  assert.equal(code, 65);
  assert.match(
    stderr,
    /^daypass: browser-not-started: .* in BROWSER did not start: it ended with exit code 4\n/,
  );
});

test('two starts at once both get the umask of the caller and no secret, and leave this process as it was', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-open-'));
  const [env, umask] = [process.env, process.umask(0o077)];
  t.after(() => {
    process.env = env;
    process.umask(umask);
    rmSync(folder, { recursive: true });
  });
  const browser = join(folder, 'browser');
  const report = '(umask; env) > "$1.part"; mv "$1.part" "$1"';
  writeFileSync(browser, `#!/bin/sh\ncd ${folder}\nset -- "\${1##*/}"\n${report}\n`, { mode: 0o755 });
  const caller = { PATH: env.PATH, HOME: folder, BROWSER: browser, ...secrets };
  process.env = caller;
  const options = { umask: 0o027, onFailure: (error: Error) => assert.fail(error) };
  const starts = [
    openBrowser(undefined, 'http://127.0.0.1:9/desktop-1', options),
    openBrowser([browser], 'http://127.0.0.1:9/program', options),
    openBrowser(undefined, 'http://127.0.0.1:9/desktop-2', options),
  ];
  assert.equal(process.env, caller);
  assert.equal(process.umask(), 0o077);
  await Promise.all(starts);
  assert.equal(process.env, caller);
  assert.equal(process.umask(), 0o077);
  for (const name of ['desktop-1', 'program', 'desktop-2']) {
    const file = join(folder, name);
    for (let wait = 0; wait < 200 && !existsSync(file); wait++) await delay(50);
    const given = readFileSync(file, 'utf8');
    assert.match(given, /^0027\n/, name);
    assert.deepEqual(findSecrets({ given }, Object.values(secrets)), [], name);
  }
});

for (const fails of ['', 'fails', 'hangs'] as const) {
  const works = fails === '';
  test(`on macOS osascript reads the link from its stdin${works ? '' : `, and open gets it if that ${fails}`}`, {
    skip: process.platform === 'win32',
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'daypass-osascript-'));
    const { env } = process;
    t.after(() => {
      process.env = env;
      rmSync(folder, { recursive: true });
    });
    const program = (name: string, end: string, read = '') => {
      const report = `{ echo "$0 $*"; env; ${read} } > ${folder}/part; mv ${folder}/part ${folder}/${name}.said`;
      writeFileSync(join(folder, name), `#!/bin/sh\n${report}\n${end}\n`, { mode: 0o755 });
    };
    const ends = { '': 'exit 0', fails: 'exit 1', hangs: 'exec sleep 60' };
    program('osascript', ends[fails], 'cat;');
    program('open', 'exit 0');
    // The library `open` may have been loaded on the true platform, where BROWSER names the program.
    const own = { PATH: `${folder}:${env.PATH}`, HOME: folder, BROWSER: join(folder, 'open') };
    process.env = { ...own, ...secrets };
    pretendPlatform(t, 'darwin');
    const link = works ? 'http://127.0.0.1:9/start/a?x="&\\' : 'http://127.0.0.1:9/start/a';
    await openBrowser(undefined, link, { umask: 0o022, onFailure: (error) => assert.fail(error) });
    const said = (name: string) => readFileSync(join(folder, `${name}.said`), 'utf8');
    assert.match(said('osascript'), /osascript -\n/);
    const escaped = works ? 'http://127.0.0.1:9/start/a?x=\\"&\\\\' : link;
    assert.ok(said('osascript').endsWith(`open location "${escaped}"\n`));
    assert.deepEqual(findSecrets({ given: said('osascript') }, Object.values(secrets)), []);
    if (!works) await until(() => existsSync(join(folder, 'open.said')), 'open starts');
    assert.equal(existsSync(join(folder, 'open.said')), !works);
    if (!works) assert.ok(said('open').includes(link));
  });
}
