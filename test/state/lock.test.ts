import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { acquireLock, connectToHolder } from '../../src/state/lock.ts';

const root = mkdtempSync(join(tmpdir(), 'daypass-lock-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

const windows = process.platform === 'win32';
const hasBacklog = { skip: windows && 'pipes on Windows have no backlog' };
const onFiles = { skip: windows && 'on Windows the lock is a file and a pipe' };

let folders = 0;
function newFolder(): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** Starts a process that takes the lock, prints `held` or `lost`, and keeps it until it is killed. */
function holder(folder: string): ChildProcess {
  const program = `
    import { acquireLock } from ${JSON.stringify(new URL('../../src/state/lock.ts', import.meta.url).href)};
    const lock = await acquireLock(${JSON.stringify(folder)}, 'x', () => {});
    console.log(lock ? 'held' : 'lost');
    if (!lock) process.exit();
  `;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  return child;
}

async function said(child: ChildProcess): Promise<string> {
  const [chunk] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return String(chunk).trim();
}

test('the lock has one holder at a time and is free after its release', async () => {
  const folder = newFolder();
  const lock = await acquireLock(folder, 'x', () => {});
  assert.ok(lock);
  assert.equal(await acquireLock(folder, 'x', () => {}), undefined);
  assert.ok(await acquireLock(folder, 'y', () => {}).then((other) => other?.release().then(() => true)));
  await lock.release();
  assert.equal(await connectToHolder(folder, 'x'), undefined);
  const next = await acquireLock(folder, 'x', () => {});
  assert.ok(next);
  await next.release();
});

test(
  'a caller that has found the holder is accepted, even if the lock is freed at that moment',
  hasBacklog,
  async () => {
    const folder = newFolder();
    let came = 0;
    const lock = await acquireLock(folder, 'x', (socket) => {
      came += 1;
      socket.end('you were let in');
    });
    // No more than the backlog of macOS: later callers find no holder, because the lock is free.
    const callers = Array.from({ length: 100 }, () => connectToHolder(folder, 'x'));
    const freed = lock?.release();
    assert.equal(await connectToHolder(folder, 'x'), undefined);
    const heard = await Promise.all(callers.map(async (caller) => text((await caller) ?? Readable.from(''))));
    assert.deepEqual(new Set(heard), new Set(['you were let in']));
    await freed;
    assert.equal(came, 100);
  },
);

test('the working directory of a caller keeps its files', async () => {
  const folder = newFolder();
  const directory = newFolder();
  writeFileSync(join(directory, 'daypass.socket'), 'mine');
  const before = process.cwd();
  process.chdir(directory);
  try {
    const locks = await Promise.all(Array.from({ length: 5 }, () => acquireLock(folder, 'x')));
    for (const lock of locks) await lock?.release();
  } finally {
    process.chdir(before);
  }
  assert.deepEqual(readdirSync(directory), ['daypass.socket']);
});

test('of fifty callers at the same time exactly one gets the lock', async () => {
  const folder = newFolder();
  const locks = await Promise.all(Array.from({ length: 50 }, () => acquireLock(folder, 'x', () => {})));
  const held = locks.filter((lock) => lock !== undefined);
  assert.equal(held.length, 1);
  await held[0]?.release();
});

test('a killed holder frees the lock at once, its waiters notice, and its folder is removed', async () => {
  const folder = newFolder();
  const child = holder(folder);
  assert.equal(await said(child), 'held');
  const waiting = await connectToHolder(folder, 'x');
  assert.ok(waiting, 'the holder could not be reached');
  const ended = new Promise((resolve) => waiting.resume().on('close', resolve));
  child.kill('SIGKILL');
  await ended;
  // The kernel closes the sockets of a dead process one by one, the listening one not always first.
  let lock = await acquireLock(folder, 'x', () => {});
  while (!lock) lock = await acquireLock(folder, 'x', () => {});
  assert.equal(readdirSync(folder).length, windows ? 2 : 1);
  await lock.release();
});

test('there are never two holders, however many are killed', async () => {
  const folder = newFolder();
  for (let term = 0; term < 8; term++) {
    const candidates = Array.from({ length: 4 }, () => holder(folder));
    const words = await Promise.all(candidates.map(said));
    assert.equal(words.filter((word) => word === 'held').length, 1, words.join());
    const winner = candidates[words.indexOf('held')];
    const gone = winner && once(winner, 'exit');
    winner?.kill('SIGKILL');
    await gone;
  }
});

test('the folder of a killed candidate is removed, that of a living one stays', onFiles, async () => {
  const folder = newFolder();
  const ended = spawn('true');
  await once(ended, 'exit');
  mkdirSync(join(folder, `x-${ended.pid}-0a1b`));
  mkdirSync(join(folder, `x-${process.pid}-2c3d`));
  const lock = await acquireLock(folder, 'x');
  assert.deepEqual(readdirSync(folder).sort(), [`x-${process.pid}-2c3d`, 'x.1']);
  await lock?.release();
});

test('a candidate whose folder is removed at any moment tries again', onFiles, async () => {
  const folder = newFolder();
  const sweeper = spawn('sh', ['-c', 'echo on; while :; do rm -rf y-*; done'], { cwd: folder });
  children.add(sweeper);
  await said(sweeper);
  for (let round = 0; round < 100; round++) {
    const lock = await acquireLock(folder, 'y');
    assert.ok(lock);
    await lock.release();
  }
  sweeper.kill('SIGKILL');
  await once(sweeper, 'exit');
});

test('a folder that is missing or read-only is an error and no endless loop', onFiles, async () => {
  const folder = newFolder();
  await assert.rejects(acquireLock(join(folder, 'gone'), 'x'), { code: 'io' });
  const otherUser = 65_534;
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    // Root can write everywhere.
    chmodSync(root, 0o711);
    chownSync(folder, otherUser, otherUser);
  }
  chmodSync(folder, 0o500);
  if (isRoot) process.seteuid?.(otherUser);
  try {
    await assert.rejects(acquireLock(folder, 'x'), { code: 'io', message: /EACCES$/ });
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(folder, 0o700);
  }
});

test(
  'the last number that a lock can have is an error that names it, and never two holders',
  onFiles,
  async () => {
    for (const plant of [mkdirSync, (path: string) => writeFileSync(path, '')]) {
      const folder = newFolder();
      const last = join(folder, `x.${Number.MAX_SAFE_INTEGER}`);
      plant(last);
      const refused = { code: 'io', message: new RegExp(`after ${last}`), hint: new RegExp(`rm -r ${last}`) };
      await assert.rejects(
        acquireLock(folder, 'x', () => {}),
        refused,
      );
      await assert.rejects(connectToHolder(folder, 'x'), refused);
      assert.deepEqual(readdirSync(folder), [`x.${Number.MAX_SAFE_INTEGER}`]);
      rmSync(last, { recursive: true });
      const lock = await acquireLock(folder, 'x', () => {});
      assert.ok(lock);
      await lock.release();
    }
  },
);

test('a file or a folder with a number and no holder is followed by the next number', onFiles, async () => {
  for (const plant of [mkdirSync, (path: string) => writeFileSync(path, '')]) {
    const folder = newFolder();
    plant(join(folder, `x.${Number.MAX_SAFE_INTEGER - 1}`));
    const lock = await acquireLock(folder, 'x', () => {});
    assert.ok(lock);
    assert.equal(await acquireLock(folder, 'x', () => {}), undefined);
    assert.deepEqual(readdirSync(folder), [`x.${Number.MAX_SAFE_INTEGER}`]);
    await lock.release();
  }
});
