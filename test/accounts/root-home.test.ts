// root runs daypass with the HOME of a person, as sudo -E does, and sudo on macOS.
import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type AccountStage, openAccountStage, ownBrowser } from '../support/account-stage.ts';
import { type Accounts, accountTest, stayingProcesses } from '../support/accounts.ts';
import { roleArn } from '../support/stage.ts';

const root = { uid: 0, gid: 0 };

/**
 * Returns the words that run a command where nothing marks a container, or where the mark of Docker does: a
 * mount namespace with the folders of this machine below a new root, and a process namespace.
 */
function outsideContainer(t: TestContext, mark = false): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-root-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const script = `
    root=$1; shift
    mount -t tmpfs tmpfs "$root" || exit 99
    for path in /*; do
      name=\${path#/}
      if [ -L "$path" ]; then cp -P "$path" "$root/$name"
      elif [ "$name" = proc ]; then mkdir "$root/proc" && mount -t proc proc "$root/proc"
      elif [ -d "$path" ]; then mkdir "$root/$name" && mount --rbind "$path" "$root/$name"
      fi || exit 99
    done
    ${mark ? 'touch "$root/.dockerenv" || exit 99' : ''}
    exec /usr/sbin/chroot "$root" "$@"`;
  const spaces = ['/usr/bin/unshare', '--mount', '--pid', '--fork', '--kill-child'];
  return [...spaces, '/bin/sh', '-c', script, 'sh', folder];
}

const noContainer = { container: '' };

/** Keeps the first process of the namespace for a moment after the call, or the renewal would end with it. */
const keep = ['/bin/sh', '-c', '"$@"; code=$?; sleep 1; exit $code', 'sh'];

/** Returns every path below a folder with its owner, mode and time. */
function listing(folder: string): string[] {
  return ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].sort().map((path) => {
    const { uid, gid, mode, mtimeMs, size } = lstatSync(join(folder, path));
    return [path, uid, gid, mode.toString(8), mtimeMs, size].join(' ');
  });
}

async function assertRefused(
  t: TestContext,
  all: Accounts,
  stage: AccountStage,
  args: readonly string[],
  bare = false,
): Promise<void> {
  // The victim's own renewal still writes for a moment after its call.
  assert.deepEqual(await stayingProcesses(all.victim.uid, 12_000), []);
  const before = listing(stage.home);
  const { code, stdout, stderr } = await stage.run(args, {
    ...{ as: root, bare, before: outsideContainer(t) },
    env: { ...noContainer, DAYPASS_BROWSER: ownBrowser },
  });
  const fault = `daypass ${args.join(' ')} exits with ${code}: ${stdout.slice(0, 200)}${stderr}`;
  assert.deepEqual(listing(stage.home), before, `the files of the person changed: ${fault}`);
  assert.equal(code, 78, fault);
  assert.match(stderr, new RegExp(`HOME belongs to ${all.victim.name}`), fault);
  assert.match(stderr, /without sudo|-H/, fault);
}

for (const [name, args, bare] of [
  ['a call', []],
  ['login', ['login']],
  ['logout --all', ['logout', '--all'], true],
  ['logout', ['logout']],
  ['status', ['status']],
  [
    'configure',
    [
      'configure',
      '--profile',
      'other',
      '--issuer',
      'https://idp.example',
      '--client-id',
      'x',
      '--role-arn',
      roleArn,
    ],
    true,
  ],
] as [string, string[], boolean?][]) {
  accountTest(`root with the HOME of a person: ${name} makes and removes nothing`, async (t, all) => {
    const stage = await openAccountStage(t, all);
    if (/logout|status/.test(name)) assert.equal((await stage.signIn()).code, 0);
    await assertRefused(t, all, stage, args, bare);
  });
}

accountTest('root in a container may use a mounted home with XDG_STATE_HOME', async (t, all) => {
  const stage = await openAccountStage(t, all);
  const state = all.folder(t);
  const env = { XDG_STATE_HOME: state, DAYPASS_BROWSER: ownBrowser };
  const before = [...outsideContainer(t, true), ...keep];
  const { code, stdout, stderr } = await stage.run([], { as: root, before, env });
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).Version, 1);
});

accountTest(
  'root in a container with a mounted home works, or the error names XDG_STATE_HOME',
  async (t, all) => {
    const stage = await openAccountStage(t, all);
    const before = listing(stage.home);
    const { code, stderr } = await stage.run([], {
      ...{ as: root, before: [...outsideContainer(t, true), ...keep] },
      env: { DAYPASS_BROWSER: ownBrowser },
    });
    assert.doesNotMatch(stderr, /sudo/);
    if (code === 0) return;
    assert.equal(code, 78, stderr);
    assert.match(stderr, /XDG_STATE_HOME/);
    assert.deepEqual(listing(stage.home), before);
  },
);

accountTest('root with a HOME of its own works outside a container', async (t, all) => {
  const home = all.folder(t);
  const stage = await openAccountStage(t, all, { home });
  const before = [...outsideContainer(t), ...keep];
  const { code, stderr } = await stage.signIn({ as: root, before, env: noContainer });
  assert.equal(code, 0, stderr);
});
