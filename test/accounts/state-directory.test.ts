// Another user of the machine may write to a folder above the state directory of the victim.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type AccountStage, giveTo, openAccountStage } from '../support/account-stage.ts';
import { type Account, type Accounts, accountTest } from '../support/accounts.ts';

const commands: Record<string, string[]> = {
  'a call': ['--non-interactive'],
  status: ['status'],
  'logout --all': ['logout', '--all'],
  doctor: ['doctor'],
};

/** Asserts that each command refuses the folder, names it and the remedy, and removes nothing. */
async function assertRefused(
  stage: AccountStage,
  { folder, env = {} }: { folder: string; env?: Record<string, string> },
): Promise<void> {
  const complaints: string[] = [];
  for (const [name, args] of Object.entries(commands)) {
    // `logout --all` takes no profile.
    const { code, stdout, stderr } = await stage.run(args, {
      env,
      ...(name === 'logout --all' ? { bare: true } : {}),
    });
    const text = `${stdout}${stderr}`;
    const faults = [
      ...(code === 78 ? [] : [`exit code ${code}`]),
      ...(new RegExp(`${folder}(?![\\w/])`).test(text) ? [] : [`${folder} is not named`]),
      ...(text.includes('XDG_STATE_HOME') ? [] : ['XDG_STATE_HOME is not named']),
      ...(name === 'a call' && stdout !== '' ? ['credentials are printed'] : []),
    ];
    if (faults.length > 0) complaints.push(`${name}: ${faults.join(', ')}: ${text.slice(0, 160)}`);
  }
  assert.deepEqual(complaints, []);
}

/** Gives the folder to an account, with a mode. */
function handOver(folder: string, account: Account | undefined, mode: number): void {
  if (account) giveTo(account, folder);
  chmodSync(folder, mode);
}

/** Opens a stage whose HOME is below a folder of its own, and signs the victim in there. */
async function homeBelow(t: TestContext, all: Accounts): Promise<{ stage: AccountStage; above: string }> {
  const above = join(all.folder(t), 'above');
  const home = join(above, 'home');
  mkdirSync(home, { recursive: true });
  handOver(home, all.victim, 0o700);
  const stage = await openAccountStage(t, all, { home });
  assert.equal((await stage.signIn()).code, 0);
  return { stage, above };
}

for (const [what, mode, owner] of [
  ['belongs to another user', 0o755, 'attacker'],
  ['has mode 0777 without the sticky bit', 0o777, undefined],
  ['belongs to another user and is sticky', 0o1777, 'attacker'],
] as const) {
  accountTest(`no command uses a HOME below a folder that ${what}`, async (t, all) => {
    const { stage, above } = await homeBelow(t, all);
    handOver(above, owner && all[owner], mode);
    await assertRefused(stage, { folder: above });
    assert.ok(secretIn(join(stage.home, '.local/state')), 'the session was removed');
  });
}

accountTest('no command uses an XDG_STATE_HOME in a folder of another user', async (t, all) => {
  const stage = await openAccountStage(t, all);
  const above = join(all.folder(t), 'above');
  mkdirSync(above);
  const state = join(above, 'state');
  mkdirSync(state);
  handOver(state, all.victim, 0o700);
  const env = { XDG_STATE_HOME: state };
  assert.equal((await stage.signIn({ env })).code, 0);
  handOver(above, all.attacker, 0o755);
  await assertRefused(stage, { folder: above, env });
  assert.ok(secretIn(state), 'the session was removed');
});

accountTest('daypass makes no folder in a folder of another user', async (t, all) => {
  const stage = await openAccountStage(t, all);
  const above = join(all.folder(t), 'above');
  mkdirSync(above);
  handOver(above, all.attacker, 0o777);
  const state = join(above, 'state');
  const { code, stderr } = await stage.signIn({ env: { XDG_STATE_HOME: state } });
  assert.equal(code, 78, stderr);
  assert.equal(existsSync(state), false);
  assert.match(stderr, /XDG_STATE_HOME/);
});

accountTest(
  'no command uses a folder that a link of the victim leads to through a folder of another user',
  async (t, all) => {
    const stage = await openAccountStage(t, all);
    const above = join(all.folder(t), 'above');
    const state = join(above, 'state');
    mkdirSync(state, { recursive: true });
    handOver(state, all.victim, 0o700);
    handOver(above, all.attacker, 0o755);
    const link = join(stage.home, 'link');
    spawnSync('/bin/ln', ['-s', state, link]);
    const { code, stderr } = await stage.signIn({ env: { XDG_STATE_HOME: link } });
    assert.equal(code, 78, stderr);
    assert.ok(stderr.includes(above), stderr);
  },
);

accountTest('the sticky /tmp, and umask 002 with a group of one member, are no danger', async (t, all) => {
  const stage = await openAccountStage(t, all);
  const state = join('/tmp', `daypass-state-${process.pid}`);
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const inTmp = await stage.signIn({ env: { XDG_STATE_HOME: state } });
  assert.equal(inTmp.code, 0, inTmp.stderr);
  for (const folder of ['.local', '.local/state']) {
    mkdirSync(join(stage.home, folder));
    handOver(join(stage.home, folder), all.victim, 0o775);
  }
  const before = ['/bin/sh', '-c', 'umask 002; exec "$@"', 'sh'];
  const withGroup = await stage.signIn({ before });
  assert.equal(withGroup.code, 0, withGroup.stderr);
  assert.equal(await stage.identity(), 'ada@example.com');
});

accountTest('a folder that a group with another member may write is refused', async (t, all) => {
  const stage = await openAccountStage(t, all);
  assert.equal((await stage.signIn()).code, 0);
  handOver(join(stage.home, '.local'), all.victim, 0o775);
  run('usermod', '--append', '--groups', all.victim.name, all.attacker.name);
  t.after(() => run('usermod', '--groups', '', all.attacker.name));
  await assertRefused(stage, { folder: join(stage.home, '.local') });
});

accountTest('a folder that the group of the attacker may write is refused', async (t, all) => {
  const stage = await openAccountStage(t, all);
  assert.equal((await stage.signIn()).code, 0);
  const folder = join(stage.home, '.local');
  chownSync(folder, all.victim.uid, all.attacker.gid);
  chmodSync(folder, 0o775);
  await assertRefused(stage, { folder });
});

accountTest(
  'no call of 120 prints the credentials of a user who swaps folders above the state',
  async (t, all) => {
    const stage = await openAccountStage(t, all);
    const above = join(all.folder(t), 'above');
    const state = join(above, 'state');
    mkdirSync(state, { recursive: true });
    handOver(state, all.victim, 0o700);
    const env = { XDG_STATE_HOME: state };
    assert.equal((await stage.signIn({ env })).code, 0);
    const planted = join(above, 'planted');
    plant(state, planted, all.attacker);
    handOver(above, all.attacker, 0o755);
    const attacker = await stage.actor(all.attacker);
    await attacker.do('swap', { path: state, own: planted, aside: join(above, 'aside') });
    const results = await inFours(120, () => stage.run(['--non-interactive'], { env }));
    await attacker.do('endSwap');
    const injected = results.filter(({ stdout }) => stdout.includes('PLANTED')).length;
    assert.equal(injected, 0, `${injected} of 120 calls printed the credentials of the attacker`);
    const codes = new Set(results.map(({ code }) => code));
    assert.deepEqual([...codes], [78]);
  },
);

/** Copies the state with other credentials, readable by everyone and owned by the attacker. */
function plant(state: string, planted: string, attacker: Account): void {
  cpSync(state, planted, { recursive: true, filter: (path) => !/\.\d+$/.test(path) });
  for (const path of ['', ...readdirSync(planted, { recursive: true, encoding: 'utf8' })].map((name) =>
    join(planted, name),
  )) {
    const folder = spawnSync('/usr/bin/test', ['-d', path]).status === 0;
    if (path.endsWith('.secret')) {
      const text = readFileSync(path, 'utf8').replace(/ASIA[A-Z2-7]{16}/, 'ASIAPLANTEDPLANTED22');
      writeFileSync(path, text);
    }
    handOver(path, attacker, folder ? 0o755 : 0o644);
  }
}

function secretIn(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.secret'));
}

async function inFours<Result>(count: number, one: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const lane = async () => {
    while (results.length < count) results.push(await one());
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return results;
}

function run(program: string, ...args: string[]): void {
  assert.equal(spawnSync(`/usr/sbin/${program}`, args).status, 0, program);
}
