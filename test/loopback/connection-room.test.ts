// Which connections a listener closes to make room, and which of them may have been the person's browser.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { roomMaker, type Stage } from '../../src/loopback/connection-room.ts';
import type { Peer } from '../../src/loopback/peer.ts';

const ours: Peer = { kind: 'ours' };
const unknown: Peer = { kind: 'unknown', why: 'a test' };
const gone: Peer = { kind: 'gone', why: 'a test' };
const foreign: Peer = { kind: 'foreign', uid: 2, account: 'b', own: 'a' };

/** Makes room among these connections, each a peer with its bytes. Returns the closed ones and the calls. */
async function closedOf(connections: readonly [count: number, peer: Peer, bytesRead: number][]) {
  const stages = new Map<Socket, Stage>();
  const peers = new Map<unknown, Peer>();
  const closed: Peer['kind'][] = [];
  for (const [count, peer, bytesRead] of connections) {
    for (let index = 0; index < count; index++) {
      const socket = { bytesRead, destroy: () => closed.push(peer.kind) } as unknown as Socket;
      stages.set(socket, 'waiting');
      peers.set(socket, peer);
    }
  }
  let dropped = 0;
  const of = async (socket: unknown) => peers.get(socket) ?? assert.fail('no such connection');
  roomMaker(stages, { peers: { of }, onDropped: () => dropped++ })();
  await new Promise((resolve) => setImmediate(resolve));
  return { closed, dropped };
}

const cases: [what: string, connections: [number, Peer, number][], kinds: string[], dropped: number][] = [
  [
    'those of other accounts and of closed peers first',
    [
      [1, ours, 0],
      [64, foreign, 9],
      [64, gone, 9],
    ],
    ['foreign', 'gone'],
    0,
  ],
  ['the oldest without a byte, which may be that of the browser', [[128, unknown, 0]], ['unknown'], 96],
  [
    'those of a program of ours, if every peer is known',
    [
      [128, ours, 0],
      [10, foreign, 0],
    ],
    ['foreign', 'ours'],
    0,
  ],
  [
    'one of ours beside unknown peers that keep it out',
    [
      [96, ours, 0],
      [32, unknown, 5],
    ],
    ['ours'],
    96,
  ],
];
for (const [what, connections, kinds, dropped] of cases) {
  test(`a listener closes ${what}`, async () => {
    const result = await closedOf(connections);
    assert.deepEqual([...new Set(result.closed)], kinds);
    assert.equal(result.dropped, dropped);
  });
}
