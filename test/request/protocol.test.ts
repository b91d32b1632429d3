import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { onMessages, type ToRenewal } from '../../src/request/protocol.ts';
import { connected } from '../support/connected.ts';

for (const line of ['null', '7', '"join"', '[', '']) {
  test(`a peer that sends ${line || 'an empty line'} is disconnected, and later messages are ignored`, async (t) => {
    const [peer, ours] = await connected(t);
    const heard: ToRenewal[] = [];
    onMessages<ToRenewal>(ours, (message) => heard.push(message));
    peer.write(`{"type":"interrupt"}\n${line}\n{"type":"cancel"}\n`);
    await once(ours, 'close');
    assert.deepEqual(heard, [{ type: 'interrupt' }]);
  });
}
