import assert from 'node:assert/strict';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode, encode } from '../../src/store/bus-types.ts';
import { nameSessionBus } from '../../src/store/keytar.ts';

test('values of a message are read as they were written', () => {
  const signature = 'yyyyuua(yv)a{ss}(oayays)b';
  const bytes = (text: string) => Buffer.from(text);
  const values = [
    ...[108, 1, 0, 1, 7, 9],
    [
      [1, ['o', '/a']],
      [8, ['g', 'sv']],
    ],
    [['service', 'dāypass']],
    ['/s', bytes('iv'), bytes('secret'), 'text/plain'],
    true,
  ];
  const read = decode(signature, encode(signature, values)).values;
  // A variant is read as its value alone.
  assert.deepEqual(read, [
    ...[108, 1, 0, 1, 7, 9],
    [
      [1, '/a'],
      [8, 'sv'],
    ],
    ...values.slice(7),
  ]);
});

test('an array that is longer than its message, and an unknown type, are errors', () => {
  assert.throws(() => decode('ay', Buffer.from([255, 255, 0, 0, 1])), RangeError);
  assert.throws(() => decode('h', Buffer.alloc(8)), TypeError);
});

test('the session bus is named only where the environment names none and the socket is ours', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-bus-'));
  const server = createServer();
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
    server.close();
    rmSync(folder, { recursive: true });
  });
  const named = (address: string | undefined, runtime: string) => {
    delete process.env.DBUS_SESSION_BUS_ADDRESS;
    if (address !== undefined) process.env.DBUS_SESSION_BUS_ADDRESS = address;
    process.env.XDG_RUNTIME_DIR = runtime;
    const forget = nameSessionBus();
    const name = process.env.DBUS_SESSION_BUS_ADDRESS;
    forget();
    // An empty address counts as unset.
    assert.equal(process.env.DBUS_SESSION_BUS_ADDRESS, address || undefined);
    return name;
  };
  await new Promise<void>((resolve) => void server.listen(join(folder, 'bus'), resolve));
  const ours = `unix:path=${folder}/bus`;
  for (const address of [undefined, '']) assert.equal(named(address, folder), ours);
  for (const address of ['disabled:', 'unix:path=/other']) assert.equal(named(address, folder), address);
  mkdirSync(join(folder, 'file'));
  writeFileSync(join(folder, 'file/bus'), '');
  assert.notEqual(named(undefined, join(folder, 'file')), `unix:path=${folder}/file/bus`);
  if (process.geteuid?.() !== 0) return;
  chownSync(join(folder, 'bus'), 12_345, 12_345);
  assert.notEqual(named(undefined, folder), ours, 'the bus of another user');
});
