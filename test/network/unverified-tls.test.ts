import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { callerIdentity } from '../../src/aws/sts.ts';
import { DaypassError } from '../../src/errors.ts';
import { boundedFetch } from '../../src/network/bounded-fetch.ts';
import { Failed } from '../../src/renewal/failed.ts';
import type { Settings } from '../../src/settings/settings.ts';

test('no connection is made with NODE_TLS_REJECT_UNAUTHORIZED=0, neither by fetch nor by the AWS SDK', async (t) => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { region: 'eu-west-1', stsEndpoint: url } as Settings;
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x', sessionToken: 'y' };

  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
  const refused = { name: 'DaypassError', code: 'unsafe-environment' };
  await assert.rejects(boundedFetch(url, {}), refused);
  await assert.rejects(
    callerIdentity(settings, { ...credentials, expiration: '2031-01-02T03:04:05Z' }),
    refused,
  );
  assert.equal(requests, 0);
});

test('an unsafe environment starts no cool-down, since the environment of the next caller may be safe', () => {
  const unsafe = new DaypassError('unsafe-environment', 'NODE_TLS_REJECT_UNAUTHORIZED=0');
  assert.equal(new Failed(unsafe, 'role', 'silent').coolDown, undefined);
  assert.equal(new Failed(new DaypassError('sts-failed', 'STS'), 'role', 'silent').coolDown, 'silent');
});
