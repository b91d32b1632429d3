// A person's own browser that comes from another user id: through ssh -L, WSL's relay, or a root shell.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveTo, openAccountStage } from '../support/account-stage.ts';
import { type Account, accountTest } from '../support/accounts.ts';
import { freePort } from '../support/free-port.ts';
import { openSignIn, pageText } from '../support/listener-peers.ts';

/** An address of loopback where the forwarder can use the port of the listener. */
const elsewhere = '127.0.0.2';

for (const [what, owner] of [
  ['that runs as the victim, as that of sshd', 'victim'],
  ['of root, as that of WSL', 'root'],
] as const) {
  accountTest(`a browser of another user signs in through a forwarder ${what}`, async (t, all) => {
    const signIn = await openSignIn(t, all);
    const { stage, attacker: browser, link } = signIn;
    const forwarder = await stage.actor(owner === 'root' ? 'root' : all.victim);
    await forwarder.do('relay', { host: elsewhere, port: link.port });
    const through = { host: elsewhere, port: link.port };
    await signIn.assertSignedIn(await browser.do('browse', { url: link.link, through }));
  });
}

accountTest('a browser of root signs in for the victim', async (t, all) => {
  const signIn = await openSignIn(t, all);
  const browser = await signIn.stage.actor('root');
  await signIn.assertSignedIn(await browser.do('browse', { url: signIn.link.link }));
});

accountTest('a browser signs in through a real ssh -L', async (t, all) => {
  const signIn = await openSignIn(t, all);
  const { attacker: browser, link } = signIn;
  const folder = all.folder(t);
  const keys = ['host', 'user'].map((name) => join(folder, name));
  for (const key of keys) spawnSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const [hostKey = '', userKey = ''] = keys;
  giveTo(all.attacker, userKey);
  const port = await freePort();
  const config = join(folder, 'sshd_config');
  writeFileSync(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${userKey}.pub`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      `AllowUsers ${all.victim.name}`,
    ].join('\n'),
  );
  const separation = '/run/sshd';
  if (!existsSync(separation)) {
    mkdirSync(separation, { mode: 0o755 });
    t.after(() => rmSync(separation, { recursive: true, force: true }));
  }
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  await said(server, /Server listening/);
  const client = spawn(
    '/usr/bin/ssh',
    [
      ...['-v', '-N', '-F', 'none', '-i', userKey, '-p', String(port), '-o', 'ExitOnForwardFailure=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentityAgent=none'],
      ...['-L', `${elsewhere}:${link.port}:127.0.0.1:${link.port}`, `${all.victim.name}@127.0.0.1`],
    ],
    {
      ...{ uid: all.attacker.uid, gid: all.attacker.gid, cwd: '/' },
      env: { PATH: '/usr/bin:/bin', HOME: all.attacker.home },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  // Before the stage looks for processes of the victim.
  const endClient = async () => {
    const ended = once(client, 'exit');
    client.kill('SIGTERM');
    await ended;
  };
  try {
    await said(client, /Entering interactive session/);
    const through = { host: elsewhere, port: link.port };
    await signIn.assertSignedIn(await browser.do('browse', { url: link.link, through }));
  } finally {
    await endClient();
  }
});

accountTest(
  'page and terminal name both accounts and login if another user opens the link',
  async (t, all) => {
    const stage = await openAccountStage(t, all);
    const [stranger, person] = [await stage.actor(all.attacker), await stage.actor(all.victim)];
    const call = stage.runInTerminal();
    const link = await stage.launcher.nextLink();
    const { status, body } = await stranger.do('browse', { url: link });
    const own = await person.do('browse', { url: link });
    const { code, terminal } = await call.exit;
    assert.equal(status, 403, body);
    assertNames(body, all.victim, all.attacker);
    assertNames(terminal, all.victim, all.attacker);
    for (const text of [body, terminal]) assert.match(text, /daypass login/);
    // The other user's request counts for nothing.
    assert.match(own.body, /Signed in/);
    assert.equal(code, 0, terminal);
  },
);

accountTest('login accepts the pasted address at which a browser of another user ended', async (t, all) => {
  const stage = await openAccountStage(t, all, { keys: { daypass_browser: 'none' } });
  const browser = await stage.actor(all.attacker);
  const login = stage.runInTerminal(['login']);
  const [, authorization = ''] = await login.waitForTerminal(
    /(http:\/\/127\.0\.0\.1:\d+\/auth\?\S+)/,
    30_000,
  );
  await login.waitForTerminal(/address: /);
  const { url } = await browser.do('browse', { url: authorization, stops: true });
  const page = await browser.do('browse', { url });
  login.type(`${url}\r`);
  const { code, terminal } = await login.exit;
  assert.equal(code, 0, terminal);
  assert.equal(await stage.identity(), 'ada@example.com');
  assert.equal(page.status, 403);
  assertNames(pageText(page.body), all.victim, all.attacker);
  assert.match(pageText(page.body), /daypass login|paste/);
});

function assertNames(text: string, ...accounts: readonly Account[]): void {
  for (const { name } of accounts) assert.ok(text.includes(name), `${name} is not named: ${text}`);
}

/** Resolves when the program has said this on stderr. */
function said(child: ReturnType<typeof spawn>, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${pattern} was not said: ${text}`)), 20_000);
    child.once('exit', () => reject(new Error(`it ended: ${text}`)));
    child.stderr?.on('data', (chunk) => {
      text += chunk;
      if (!pattern.test(text)) return;
      clearTimeout(late);
      resolve();
    });
  });
}
