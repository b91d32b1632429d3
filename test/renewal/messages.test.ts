import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { onMessages, type ToRenewal } from '../../src/renewal/messages.ts';

async function connected(t: TestContext): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [ours] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    for (const socket of [peer, ours]) socket.destroy();
    server.close();
  });
  return [peer, ours];
}

for (const line of ['null', '7', '"join"', '[', '']) {
  test(`a peer that says ${line || 'nothing in a line'} is cut off, and nothing after it is heard`, async (t) => {
    const [peer, ours] = await connected(t);
    const heard: ToRenewal[] = [];
    onMessages<ToRenewal>(ours, (message) => heard.push(message));
    peer.write(`{"type":"interrupt"}\n${line}\n{"type":"cancel"}\n`);
    await once(ours, 'close');
    assert.deepEqual(heard, [{ type: 'interrupt' }]);
  });
}
