// Both ends of a connection prove that they know a key. The tests use loopback; on Windows it is a named pipe.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { nameOf, ProvenConnection, type Role } from '../../src/state/proven-connection.ts';
import { connected } from '../support/connected.ts';
import { until } from '../support/until.ts';

const key = randomBytes(32).toString('hex');
const other = randomBytes(32).toString('hex');
const roles: readonly Role[] = ['caller', 'holder'];

/** Returns one end of a new connection, and the raw socket of the other end with all that it gets. */
async function against(t: TestContext, role: Role) {
  const [peer, ours] = await connected(t);
  const connection = new ProvenConnection(ours, key, role);
  const heard: string[] = [];
  const believed: string[] = [];
  peer.setEncoding('latin1').on('data', (chunk: string) => heard.push(chunk));
  peer.on('error', () => {});
  connection.on('data', (chunk) => believed.push(String(chunk)));
  void connection.proven.then(() => believed.push('proven'));
  const nonce = async () => {
    await until(() => heard.join('').includes('\n'), 'the nonce comes');
    return heard.join('').slice(0, 64);
  };
  return { peer, connection, heard, believed, nonce };
}

test('after both proofs data flows in both directions, and earlier writes arrive', async (t) => {
  const [peer, ours] = await connected(t);
  const caller = new ProvenConnection(peer, key, 'caller');
  const holder = new ProvenConnection(ours, key, 'holder');
  caller.write('early ');
  await Promise.all([caller.proven, holder.proven]);
  caller.end('late');
  assert.equal(await text(holder), 'early late');
  const [again, oursAgain] = await connected(t);
  const second = new ProvenConnection(again, key, 'caller');
  const holderAgain = new ProvenConnection(oursAgain, key, 'holder');
  const large = 'x'.repeat(3_000_000);
  await holderAgain.proven;
  holderAgain.end(large);
  // The connection is over before the caller reads.
  await turn();
  assert.equal(await text(second), large);
});

test('a proof and data that arrive byte by byte or all at once are the same', async (t) => {
  for (const size of [1, 64, 65, 66, 1000]) {
    const { peer, connection, believed, nonce } = await against(t, 'holder');
    const mine = randomBytes(32).toString('hex');
    const sent = `${mine}\n${proof(key, 'caller', mine, await nonce())}\nhello`;
    for (let at = 0; at < sent.length; at += size) {
      peer.write(sent.slice(at, at + size));
      await turn();
    }
    await until(() => believed.join('').length === 'provenhello'.length, 'the data comes');
    assert.equal(believed.filter((word) => word !== 'proven').join(''), 'hello');
    connection.destroy();
  }
});

function proof(of: string, role: Role, caller: string, holder: string): string {
  return createHmac('sha256', of).update(`daypass lock 1\n${role}\n${caller}\n${holder}`).digest('hex');
}

type Squatter = (peer: Socket, nonce: string, role: Role) => void;

const mine = randomBytes(32).toString('hex');
const order = (role: Role, own: string, its: string) =>
  (role === 'caller' ? [own, its] : [its, own]) as [string, string];
const opposite = (role: Role): Role => (role === 'caller' ? 'holder' : 'caller');

const squatters: Readonly<Record<string, Squatter>> = {
  'knows another key': (peer, nonce, role) =>
    peer.write(`${mine}\n${proof(other, opposite(role), ...order(role, nonce, mine))}\nlies`),
  'sends back each byte': (peer, nonce) => {
    peer.write(`${nonce}\n`);
    peer.on('data', (chunk) => peer.write(chunk));
  },
  'proves the role of the other end': (peer, nonce, role) =>
    peer.write(`${mine}\n${proof(key, role, ...order(role, nonce, mine))}\nlies`),
  'proves an old nonce': (peer, _nonce, role) =>
    peer.write(`${mine}\n${proof(key, opposite(role), ...order(role, other, mine))}\nlies`),
  'sends a message at once': (peer) =>
    peer.write(`${JSON.stringify({ type: 'holding', text: 'x'.repeat(200) })}\n`),
  'sends capital digits': (peer) => peer.write(`${'A'.repeat(64)}\n`),
  'sends a nonce and no line break': (peer) => peer.write('a'.repeat(100)),
  floods: (peer) => {
    const more = () => {
      while (!peer.destroyed && peer.write(Buffer.alloc(65_536, 'a')));
    };
    peer.on('drain', more);
    more();
  },
  'ends after its nonce': (peer) => peer.end(`${mine}\n`),
};

for (const role of roles) {
  for (const [what, act] of Object.entries(squatters)) {
    test(`a ${role} disconnects an end that ${what}, and believes nothing of it`, async (t) => {
      const { peer, connection, believed, nonce } = await against(t, role);
      connection.on('error', () => assert.fail('only the end matters'));
      const ended = once(connection, 'close');
      act(peer, await nonce(), role);
      await ended;
      assert.deepEqual(believed, []);
      peer.destroy();
    });
  }

  test(`a ${role} disconnects an end that says or reads nothing after its patience`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const [peer, ours] = await connected(t);
    peer.pause();
    const connection = new ProvenConnection(ours, key, role);
    connection.write('x'.repeat(1_000_000));
    const ended = once(connection, 'close');
    t.mock.timers.tick(role === 'caller' ? 59_999 : 9_999);
    assert.equal(connection.destroyed, false);
    t.mock.timers.tick(1);
    await ended;
  });

  test(`a ${role} tells an end without a proof nothing but a nonce and its own proof`, async (t) => {
    const { peer, connection, heard, nonce } = await against(t, role);
    connection.write('secret');
    await nonce();
    peer.write(`${mine}\n`);
    await until(() => heard.join('').length >= 130, 'the proof comes');
    peer.write(`${'0'.repeat(64)}\n`);
    await once(peer, 'close');
    assert.match(heard.join(''), /^([0-9a-f]{64}\n){2}$/);
  });
}

test('the end of a caller does not wait for a holder that proves nothing', async (t) => {
  const { connection } = await against(t, 'caller');
  connection.write('interrupt');
  await new Promise<void>((resolve) => connection.end(() => resolve()));
});

test('the name of a pipe follows from its key and does not contain it', () => {
  assert.equal(nameOf(key), nameOf(key));
  assert.notEqual(nameOf(key), nameOf(other));
  assert.match(nameOf(key), /^[0-9a-f]{32}$/);
  assert.ok(!key.includes(nameOf(key)));
});
