// The file of --log is a link, a pipe, or readable by others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccountStage, giveTo, openAccountStage, ownBrowser } from '../support/account-stage.ts';
import { type Account, type Accounts, accountTest } from '../support/accounts.ts';

/** Signs the victim in on a terminal with this log. A call that waits longer than 30 s is hung up. */
async function signInWith(
  stage: AccountStage,
  path: string,
): Promise<{ code: number | null; terminal: string; hung: boolean }> {
  const run = stage.runInTerminal(['--log', path], { env: { DAYPASS_BROWSER: ownBrowser } });
  let hung = false;
  const late = setTimeout(() => {
    hung = true;
    run.hangUp();
  }, 30_000);
  const { code, terminal } = await run.exit;
  clearTimeout(late);
  return { code, terminal, hung };
}

/** Writes a file of an account. */
function fileOf(account: Account, path: string, mode: number): string {
  writeFileSync(path, 'before\n');
  giveTo(account, path);
  chmodSync(path, mode);
  return path;
}

/** The places that get no line. Each returns the file that must stay as it is, if there is one. */
const refused: Record<string, (path: string, all: Accounts) => string | undefined> = {
  'a link to a file of the victim'(path, { victim }) {
    symlinkSync(fileOf(victim, `${path}.precious`, 0o600), path);
    return `${path}.precious`;
  },
  'a FIFO without a reader'(path, { victim }) {
    spawnSync('/usr/bin/mkfifo', [path]);
    giveTo(victim, path);
    return undefined;
  },
  'a file of another user'(path, { attacker }) {
    return fileOf(attacker, path, 0o666);
  },
  'a folder'(path, { victim }) {
    mkdirSync(path);
    giveTo(victim, path);
    return undefined;
  },
};

for (const [what, make] of Object.entries(refused)) {
  accountTest(`daypass logs nothing in ${what}, says so once, and goes on`, async (t, all) => {
    const stage = await openAccountStage(t, all);
    const path = join(all.folder(t), 'log');
    const kept = make(path, all);
    const { code, terminal, hung } = await signInWith(stage, path);
    assert.equal(hung, false, `the call hangs: ${terminal}`);
    assert.equal(code, 0, terminal);
    assert.match(terminal, /"Version":1/);
    if (kept) assert.equal(readFileSync(kept, 'utf8'), 'before\n');
    const said = terminal.split('\n').filter((line) => line.includes(path));
    assert.equal(said.length, 1, `said ${said.length} times: ${terminal}`);
    const doctor = await stage.run(['doctor', '--log', path], { timeoutMs: 30_000 });
    assert.equal(doctor.signal, null, 'doctor hangs');
    assert.match(doctor.stdout, new RegExp(`^! log\\s.*${path}`, 'm'));
    if (kept) assert.equal(readFileSync(kept, 'utf8'), 'before\n');
  });
}

accountTest('a log of the victim that everyone may write becomes 0600 and is used', async (t, all) => {
  const stage = await openAccountStage(t, all);
  const path = fileOf(all.victim, join(all.folder(t), 'log'), 0o666);
  const { code, terminal } = await signInWith(stage, path);
  assert.equal(code, 0, terminal);
  assert.match(readFileSync(path, 'utf8'), /^before\n.* called /);
  assert.equal((statSync(path).mode & 0o777).toString(8), '600');
});

accountTest('a new log is 0600 with the steps of reader and renewal', async (t, all) => {
  const stage = await openAccountStage(t, all);
  const path = join(stage.home, 'log');
  const { code, terminal } = await signInWith(stage, path);
  assert.equal(code, 0, terminal);
  assert.match(readFileSync(path, 'utf8'), / reader (.*\n)*.* renewal /);
  assert.equal((statSync(path).mode & 0o777).toString(8), '600');
  assert.ok(!terminal.includes(path), terminal);
});

accountTest(
  'the log may go to /dev/null and, at a pipe, a file or a terminal, to /dev/stderr',
  async (t, all) => {
    const stage = await openAccountStage(t, all);
    const first = await stage.signIn({ env: { DAYPASS_LOG: '/dev/null' } });
    assert.deepEqual([first.code, first.stderr], [0, '']);
    assert.equal(statSync('/dev/null').mode & 0o777, 0o666);
    const line = /^\S+Z \d+ reader \d+ms called /m;
    // Node gives its children sockets, which no process can open by name. So a shell makes the pipe.
    const piped = await stage.run(['--log', '/dev/stderr'], {
      before: ['/bin/sh', '-c', '{ "$@" 2>&1 1>&3 | cat >&2; } 3>&1', 'sh'],
    });
    assert.equal(JSON.parse(piped.stdout).Version, 1);
    assert.match(piped.stderr, line);
    assert.equal(
      piped.stderr.replaceAll(/^\S+Z \d+ (reader|renewal) .*\n/gm, ''),
      '',
      'something else is said',
    );
    const file = join(stage.home, 'stderr');
    const before = ['/bin/sh', '-c', `exec "$@" 2>'${file}'`, 'sh'];
    assert.equal((await stage.run(['--log', '/dev/stderr'], { before })).code, 0);
    assert.match(readFileSync(file, 'utf8'), line);
    const { code, terminal } = await stage.runInTerminal(['--log', '/dev/stderr']).exit;
    assert.equal(code, 0, terminal);
    assert.match(terminal, line);
  },
);
