// More callers at the same time than the backlog of a holder takes (1025 on Linux, 128 and a half more on
// macOS). Linux asks them to try again, macOS refuses them as if there were no holder. Linux simulates here
// how macOS refuses, and its locks on open files.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { acquireLock, connectToHolder } from '../../src/state/lock.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';

const windows = process.platform === 'win32' && 'pipes on Windows have no backlog';
const notLinux = process.platform !== 'linux' && 'simulated on Linux only';
const callers = 1200;

function newFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'daypass-backlog-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

async function oneHolder(t: TestContext): Promise<void> {
  const folder = newFolder(t);
  let came = 0;
  const lock = await acquireLock(folder, 'x', (socket) => {
    came += 1;
    socket.end();
  });
  assert.ok(lock);
  const waiting = Array.from({ length: callers }, () => connectToHolder(folder, 'x'));
  assert.equal(await acquireLock(folder, 'x'), undefined, 'a second holder');
  for (const socket of await Promise.all(waiting)) socket?.destroy();
  await lock.release();
  assert.equal(came, callers + 1);
  const next = await acquireLock(folder, 'x');
  assert.ok(next, 'no holder after it');
  await next.release();
}

/** Returns a function that counts the callers that were refused although a process listens. */
function pretendMacOs(t: TestContext, { locks = true } = {}): () => number {
  pretendPlatform(t, 'darwin');
  const [exclusively, shared] = [0x20, 0x10];
  const { connect } = net;
  const { openSync, closeSync } = fs;
  let refused = 0;
  t.mock.method(net, 'connect', (path: string, listener: () => void) => {
    const socket = connect(path, listener);
    const emit = socket.emit.bind(socket);
    socket.emit = (event: string, ...args: unknown[]) => {
      const [error] = args as NodeJS.ErrnoException[];
      if (event === 'error' && error?.code === 'EAGAIN') {
        refused += 1;
        error.code = 'ECONNREFUSED';
      }
      return emit(event, ...args);
    };
    return socket;
  });
  const held = new Map<number, number>();
  const fail = (code: string) => Object.assign(new Error(code), { code, syscall: 'open' });
  t.mock.method(fs, 'openSync', (path: string, flags: number, mode?: number) => {
    if (flags & (exclusively | shared))
      assert.ok(flags & fs.constants.O_NONBLOCK, 'it would wait for a lock');
    if (!locks && flags & (exclusively | shared)) throw fail('ENOTSUP');
    if (flags & shared && [...held.values()].includes(fs.statSync(path).ino)) throw fail('EAGAIN');
    const file = openSync(path, flags & ~(exclusively | shared), mode);
    if (flags & exclusively) held.set(file, fs.fstatSync(file).ino);
    return file;
  });
  t.mock.method(fs, 'closeSync', (file: number) => {
    held.delete(file);
    closeSync(file);
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return () => refused;
}

test('of more callers than the backlog takes none becomes a second holder', { skip: windows }, oneHolder);

test('the same holds on macOS, which refuses the last of them', { skip: notLinux }, async (t) => {
  const refused = pretendMacOs(t);
  await oneHolder(t);
  assert.ok(refused() > 100, `${refused()} were refused`);
});

for (const [what, prepare] of Object.entries({
  'left its locked file': (generation: string) => fs.writeFileSync(join(generation, 'locked'), ''),
  'left no such file': () => {},
})) {
  test(`on macOS a dead holder that ${what} is replaced at once`, { skip: notLinux }, async (t) => {
    pretendMacOs(t);
    const folder = newFolder(t);
    const generation = join(folder, 'x.1');
    fs.mkdirSync(generation);
    const server = net.createServer().listen(join(generation, 'ends'));
    // A socket without a listener, as SIGKILL leaves it. libuv removes only the name that it knows.
    fs.renameSync(join(generation, 'ends'), join(generation, 'daypass.socket'));
    await new Promise((resolve) => server.close(resolve));
    prepare(generation);
    const lock = await acquireLock(folder, 'x');
    assert.ok(lock);
    assert.deepEqual(fs.readdirSync(folder), ['x.2']);
    await lock.release();
  });
}

test('on macOS the lock works on a file system without locks', { skip: notLinux }, async (t) => {
  pretendMacOs(t, { locks: false });
  const lock = await acquireLock(newFolder(t), 'x');
  assert.ok(lock);
  await lock.release();
});
