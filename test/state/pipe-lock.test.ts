// The lock of Windows. On Linux the tests use abstract sockets, which every user can list and take as the names of
// pipes, and simulate a file that is opened with share mode 0. On Windows they use the real ones.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net, { type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test as everywhere, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openLocked } from '../../src/state/locked-file.ts';
import { connectToPipe, pipeOf, takePipe } from '../../src/state/pipe-lock.ts';
import { nameOf } from '../../src/state/proven-connection.ts';
import { pretendShareModes } from '../support/pretend-share-modes.ts';
import { until } from '../support/until.ts';

const real = process.platform === 'win32';
const addressOf = real ? pipeOf : (key: string) => `\0daypass-test-${nameOf(key)}`;
const options = { skip: process.platform === 'darwin' && 'macOS has no abstract sockets' };

function test(title: string, run: (t: TestContext, folder: string) => Promise<void>): void {
  everywhere(title, options, async (t) => {
    const folder = fs.mkdtempSync(join(tmpdir(), 'daypass-pipe-'));
    try {
      pretendShareModes(t);
      await run(t, folder);
    } finally {
      // After what the test itself has registered: Windows deletes no file that is open.
      t.after(() => fs.rmSync(folder, { recursive: true, maxRetries: 5 }));
    }
  });
}

async function take(folder: string, onConnection: (connection: Duplex) => void = () => {}) {
  return await takePipe(folder, 'x', onConnection, addressOf);
}

async function held(t: TestContext, folder: string, onConnection?: (connection: Duplex) => void) {
  const lock = await take(folder, onConnection);
  assert.ok(lock);
  t.after(() => lock.release());
  return lock;
}

async function connect(folder: string): Promise<Duplex | undefined> {
  return await connectToPipe(folder, 'x', addressOf);
}

const keyIn = (folder: string) => fs.readFileSync(join(folder, 'x.key'), 'latin1');

/** Listens on the pipe of a key without knowing it, as any user of the machine can if it is free. */
async function squat(t: TestContext, key: string, act: (socket: Socket) => void): Promise<Socket[]> {
  const met: Socket[] = [];
  const server: Server = net.createServer((socket) => {
    met.push(socket.on('error', () => {}));
    act(socket);
  });
  // A pipe's name is free some moments after its server was closed.
  for (let listens = false; !listens; await turn()) {
    server.listen(addressOf(key));
    listens = await once(server, 'listening').then(
      () => true,
      (error) => {
        if (error.code !== 'EADDRINUSE') throw error;
        return false;
      },
    );
  }
  t.after(() => {
    server.close();
    for (const socket of met) socket.destroy();
  });
  return met;
}

/** Connects to a pipe as any user can. */
async function stranger(t: TestContext, key: string): Promise<Socket> {
  const socket = net.connect(addressOf(key));
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

test('the lock has one holder at a time, is free after its release, and a second release does nothing', async (t, folder) => {
  const lock = await held(t, folder);
  assert.equal(await take(folder), undefined);
  await lock.release();
  assert.equal(await connect(folder), undefined);
  const next = await held(t, folder);
  const key = keyIn(folder);
  await lock.release();
  assert.equal(keyIn(folder), key);
  assert.equal(await take(folder), undefined);
  await next.release();
});

test('of fifty first callers at the same moment exactly one gets the lock, and the key is whole', async (t, folder) => {
  const locks = await Promise.all(Array.from({ length: 50 }, () => take(folder)));
  const taken = locks.filter((lock) => lock !== undefined);
  for (const lock of taken) t.after(() => lock.release());
  assert.equal(taken.length, 1);
  assert.match(keyIn(folder), /^[0-9a-f]{64}$/);
});

test('a release ends although other users connect again and again', async (t, folder) => {
  let connections = 0;
  let goesOn = true;
  t.after(() => {
    goesOn = false;
  });
  const lock = await held(t, folder);
  const address = addressOf(keyIn(folder));
  const flood = () => {
    const socket = net.connect(address, () => {
      connections++;
      socket.destroy();
      if (goesOn) flood();
    });
    socket.on('error', () => {});
  };
  for (let flooders = 0; flooders < 8; flooders++) flood();
  await until(() => connections > 100, 'the flood');
  let isReleased = false;
  void lock.release().then(() => {
    isReleased = true;
  });
  await until(() => isReleased, 'the release', 20_000);
});

test('holder and waiter hear each other', async (t, folder) => {
  await held(t, folder, (connection) => {
    connection.write('holding');
    connection.on('data', (chunk) => connection.end(` you said ${chunk}`));
  });
  const waiter = await connect(folder);
  assert.ok(waiter);
  waiter.write('join');
  let heard = '';
  waiter.on('data', (chunk) => {
    heard += chunk;
  });
  await once(waiter, 'close');
  assert.equal(heard, 'holding you said join');
});

for (const [what, plant] of Object.entries({
  'a missing key': () => {},
  'an empty key': (path: string) => fs.writeFileSync(path, ''),
  'a key that a killed process wrote in part': (path: string) => fs.writeFileSync(path, 'a'.repeat(40)),
  'a key of another form': (path: string) => fs.writeFileSync(path, `${'z'.repeat(64)}\n`.repeat(9)),
  'the key of a killed process': (path: string) => fs.writeFileSync(path, 'a'.repeat(64)),
})) {
  test(`${what} means no holder, and the next one takes the lock`, async (t, folder) => {
    plant(join(folder, 'x.key'));
    fs.writeFileSync(join(folder, 'x.lock'), '');
    assert.equal(await connect(folder), undefined);
    await held(t, folder, (connection) => connection.end('hello'));
    const waiter = await connect(folder);
    assert.ok(waiter);
    assert.equal(String((await once(waiter, 'data'))[0]), 'hello');
  });

  test(`${what} makes a caller wait while the holder is not ready`, async (_t, folder) => {
    plant(join(folder, 'x.key'));
    const file = openLocked(join(folder, 'x.lock'));
    assert.ok(file !== undefined);
    const [waiter] = await Promise.all([
      connect(folder),
      // Looks again and again until the holder has ended.
      turn().then(() => fs.closeSync(file)),
    ]);
    assert.equal(waiter, undefined);
  });
}

test('a caller does not connect to the pipe of a dead holder, and the next holder has another pipe', async (t, folder) => {
  const lock = await held(t, folder);
  const key = keyIn(folder);
  await lock.release();
  // A killed holder leaves its key.
  fs.writeFileSync(join(folder, 'x.key'), key);
  const met = await squat(t, key, (socket) => socket.write(`${JSON.stringify({ type: 'holding' })}\n`));
  assert.equal(await connect(folder), undefined);
  await held(t, folder, (connection) => connection.end('the holder'));
  const waiter = await connect(folder);
  assert.ok(waiter);
  assert.equal(String((await once(waiter, 'data'))[0]), 'the holder');
  assert.equal(met.length, 0);
});

for (const [what, act] of Object.entries({
  'greets like a renewal': (socket: Socket) =>
    socket.write(`${JSON.stringify({ type: 'holding', text: 'x'.repeat(100) })}\n`),
  'sends back each byte': (socket: Socket) => socket.pipe(socket),
  floods: (socket: Socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'a')));
    };
    socket.on('drain', more);
    more();
  },
  'ends each connection': (socket: Socket) => socket.destroy(),
})) {
  test(`a squatter that ${what} is not believed, even while the lock is held`, async (t, folder) => {
    // Windows refuses a second process on a name; Wine and administrators do not.
    const file = openLocked(join(folder, 'x.lock'));
    assert.ok(file !== undefined);
    t.after(() => fs.closeSync(file));
    const key = 'b'.repeat(64);
    fs.writeFileSync(join(folder, 'x.key'), key);
    await squat(t, key, act);
    const waiter = await connect(folder);
    assert.ok(waiter);
    waiter.write('join');
    waiter.on('data', (chunk) => assert.fail(`believed ${chunk}`));
    await once(waiter, 'close');
  });
}

test('strangers at the pipe are no waiters, keep no waiter away, and their connections end with the lock', async (t, folder) => {
  // So that the release and no deadline ends them.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let waiters = 0;
  const lock = await held(t, folder, (connection) => {
    waiters += 1;
    connection.end('hello');
  });
  const key = keyIn(folder);
  const strangers = await Promise.all(Array.from({ length: 20 }, () => stranger(t, key)));
  const [silent, ...loud] = strangers;
  silent?.resume();
  for (const socket of loud) socket.resume().write(`${JSON.stringify({ type: 'cancel' })}\n`.repeat(10));
  await Promise.all(loud.map((socket) => socket.destroyed || once(socket, 'close')));
  const waiter = await connect(folder);
  assert.ok(waiter);
  assert.equal(String((await once(waiter, 'data'))[0]), 'hello');
  assert.equal(waiters, 1);
  assert.equal(silent?.destroyed, false);
  const ended = silent && once(silent, 'close');
  await lock.release();
  await ended;
  assert.equal(waiters, 1);
});

test('of more strangers than the holder keeps, the oldest is disconnected first', async (t, folder) => {
  await held(t, folder, (connection) => connection.end('hello'));
  const key = keyIn(folder);
  const oldest = (await stranger(t, key)).resume();
  const ended = once(oldest, 'close');
  for (let batch = 0; batch < 16; batch++)
    await Promise.all(Array.from({ length: 64 }, () => stranger(t, key)));
  await ended;
  const waiter = await connect(folder);
  assert.ok(waiter);
  assert.equal(String((await once(waiter, 'data'))[0]), 'hello');
});

test('a waiter that is stopped keeps no lock: the next holder has another pipe', async (t, folder) => {
  const kept: Duplex[] = [];
  const lock = await held(t, folder, (connection) => kept.push(connection));
  // This end does not notice that the other is gone, as a stopped process.
  const key = keyIn(folder);
  const stopped = (await stranger(t, key)).pause();
  const waiter = await connect(folder);
  await until(() => kept.length === 1, 'the waiter is in');
  await lock.release();
  const next = await held(t, folder, (connection) => connection.end('next'));
  assert.notEqual(keyIn(folder), key);
  const other = await connect(folder);
  assert.ok(other);
  assert.equal(String((await once(other, 'data'))[0]), 'next');
  await next.release();
  for (const end of [stopped, waiter, ...kept]) end?.destroy();
});

test('a reader that has the file of the lock open delays its holder and does not replace it', async (t, folder) => {
  fs.writeFileSync(join(folder, 'x.lock'), '');
  const scanner = fs.openSync(join(folder, 'x.lock'), 'r');
  const taking = take(folder);
  await turn();
  fs.closeSync(scanner);
  const lock = await taking;
  assert.ok(lock);
  t.after(() => lock.release());
});

test('a holder that ends while a caller connects is no holder, even if a squatter takes its pipe', async (t, folder) => {
  const file = openLocked(join(folder, 'x.lock'));
  assert.ok(file !== undefined);
  const key = 'c'.repeat(64);
  fs.writeFileSync(join(folder, 'x.key'), key);
  // The squatter is faster than the caller: it accepts at once, and the holder has just ended.
  await squat(t, key, () => {});
  const connecting = connect(folder);
  fs.closeSync(file);
  assert.equal(await connecting, undefined);
});

/** Makes connections to pipes fail with this code, the first ones or all. */
function failToConnect(t: TestContext, code: string, times: number): () => number {
  const { connect: connectReally } = net;
  let failed = 0;
  t.mock.method(net, 'connect', (...words: Parameters<typeof connectReally>) => {
    if (failed >= times) return connectReally(...words);
    failed += 1;
    const socket = new net.Socket();
    process.nextTick(() => socket.destroy(Object.assign(new Error(code), { code })));
    return socket;
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return () => failed;
}

for (const code of ['ETIMEDOUT', 'EBUSY', 'ENOENT', 'EPIPE', 'EPERM']) {
  test(`${code} is passing: the caller tries again while the lock is held`, async (t, folder) => {
    await held(t, folder, (connection) => connection.end('hello'));
    const failed = failToConnect(t, code, 1);
    const waiter = await connect(folder);
    assert.ok(waiter);
    assert.equal(String((await once(waiter, 'data'))[0]), 'hello');
    assert.equal(failed(), 1);
  });
}

test('a pipe that never accepts is an error after two waits of libuv, 30 s each', async (t, folder) => {
  await held(t, folder);
  const failed = failToConnect(t, 'ETIMEDOUT', Number.POSITIVE_INFINITY);
  await assert.rejects(connect(folder), { code: 'io', message: /cannot be reached: ETIMEDOUT$/ });
  assert.equal(failed(), 2);
});

test('a folder that is missing has no holder, and taking its lock is an error', async (_t, folder) => {
  const missing = join(folder, 'missing');
  assert.equal(await connectToPipe(missing, 'x', addressOf), undefined);
  await assert.rejects(
    takePipe(missing, 'x', () => {}, addressOf),
    { code: 'io' },
  );
});
