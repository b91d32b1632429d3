// The limits of every answer, and redirects.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { fetchThrough } from '../../src/network/agent.ts';
import { boundedFetch } from '../../src/network/bounded-fetch.ts';

const mebibyte = 1024 * 1024;

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('an answer of 1 MiB is complete, and one with a byte more is an error', async (t) => {
  const url = await serve(t, (request, response) =>
    response.end(Buffer.alloc(mebibyte + Number(request.url?.slice(1)))),
  );
  const whole = await boundedFetch(`${url}0`, {});
  assert.equal((await whole.arrayBuffer()).byteLength, mebibyte);
  await assert.rejects(boundedFetch(`${url}1`, {}), { code: 'BODY_TOO_LARGE' });
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect ${status} is not followed, whatever the request is`, async (t) => {
    const asked: string[] = [];
    const url = await serve(t, (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    assert.equal((await boundedFetch(url, {})).status, status);
    assert.equal((await boundedFetch(url, { method: 'POST', body: 'token=x' })).status, status);
    assert.deepEqual(asked, ['/', '/']);
  });
}

test('a request without an answer ends at its deadline', async (t) => {
  const url = await serve(t, () => {});
  await assert.rejects(boundedFetch(url, {}, { deadline: 500 }), { name: 'TimeoutError' });
});

test('a request through an agent does not begin after its deadline', async () => {
  const signal = AbortSignal.abort(new Error('too late'));
  await assert.rejects(fetchThrough(new Agent(), 'https://127.0.0.1:1/', { signal }), {
    message: 'too late',
  });
});
