// The endpoint of exec --server alone; test/faults sends the same requests to the program.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { DaypassError } from '../../src/errors.ts';
import type { Peer } from '../../src/loopback/peer.ts';
import { deferred } from '../../src/process/deferred.ts';
import { type CredentialsServer, openCredentialsServer } from '../../src/server/credentials-server.ts';
import type { CredentialsRecord } from '../../src/session/records.ts';
import {
  assertClosed,
  type Endpoint,
  endpointOf,
  hostileRequests,
  refused,
  request,
  served,
} from '../support/endpoint-attacks.ts';
import { startFlood } from '../support/flood.ts';
import { received, sendRaw } from '../support/raw-http.ts';
import { until } from '../support/until.ts';

const record: CredentialsRecord = {
  version: 1,
  issuer: 'https://idp.example',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
  credentials: {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    sessionToken: 'FwoGZXIvYXdzE',
    expiration: '2030-01-01T00:00:00Z',
  },
  issuedAt: 0,
  lifetime: 3_600_000,
  sub: 'ada',
};

interface Opened extends Endpoint {
  server: CredentialsServer;
  /** Replaces the credentials. */
  find: () => Promise<CredentialsRecord>;
  /** How often credentials were asked for, and how many clients did not wait. */
  asked: number;
  hungUp: number;
  logged: [step: string, facts: object | undefined][];
}

async function open(t: TestContext, peer?: Peer): Promise<Opened> {
  const opened: Omit<Opened, keyof Endpoint | 'server'> = {
    find: async () => record,
    asked: 0,
    hungUp: 0,
    logged: [],
  };
  const source = {
    get() {
      opened.asked += 1;
      return opened.find();
    },
    hungUp() {
      opened.hungUp += 1;
    },
  };
  const log = (step: string, facts?: object) => void opened.logged.push([step, facts]);
  const server = await openCredentialsServer({ log }, source, peer && { of: async () => peer });
  t.after(() => server.close());
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = '', AWS_CONTAINER_AUTHORIZATION_TOKEN: token = '' } =
    Object.fromEntries(server.variables);
  return Object.assign(opened, endpointOf(uri, token), { server });
}

test('a client with the token gets credentials, with all that the SDKs read', async (t) => {
  const endpoint = await open(t);
  assert.match(endpoint.token, /^[\w-]{43}$/);
  assert.deepEqual(await served(endpoint), {
    AccessKeyId: record.credentials.accessKeyId,
    SecretAccessKey: record.credentials.secretAccessKey,
    Token: record.credentials.sessionToken,
    Expiration: record.credentials.expiration,
    RoleArn: record.roleArn,
    AccountId: '123456789012',
  });
  assert.deepEqual(endpoint.logged.at(-1), ['served', { expires: record.credentials.expiration }]);
});

test('the fetch of Node is no browser', async (t) => {
  const { authority, path, token } = await open(t);
  const answer = await fetch(`http://${authority}${path}`, { headers: { Authorization: token } });
  assert.equal(answer.status, 200);
});

test('each hostile request is refused before credentials are asked for', async (t) => {
  const endpoint = await open(t);
  for (const row of hostileRequests)
    await t.test(`${row[0]} ${row[2]}: ${row[1]}`, () => refused(endpoint, row).then(() => {}));
  assert.equal(endpoint.asked, 0);
  await served(endpoint);
});

test('the log counts refusals sparingly, with the reason and no value', async (t) => {
  const endpoint = await open(t);
  for (let times = 0; times < 25; times++)
    await sendRaw(endpoint.port, request(endpoint, { path: '/secret' }));
  const why = 'there is nothing at this address';
  assert.deepEqual(
    endpoint.logged.filter(([step]) => step === 'refused').map(([, facts]) => facts),
    [
      { why, times: 1 },
      { why, times: 10 },
    ],
  );
});

test('another account is refused with the token too, and a peer that is gone gets nothing', async (t) => {
  const foreign = await open(t, { kind: 'foreign', uid: 1001, account: 'eve', own: 'ada' });
  const answer = await sendRaw(foreign.port, request(foreign));
  assert.equal(answer.status, 403);
  assertClosed(answer, foreign);
  const gone = await open(t, { kind: 'gone', why: 'it was reset' });
  assert.equal((await sendRaw(gone.port, request(gone))).raw, '');
  assert.equal(foreign.asked + gone.asked, 0);
  // The kernel does not tell on macOS and Windows: there the token decides alone.
  await served(await open(t, { kind: 'unknown', why: 'darwin does not say whose it is' }));
});

test('an error is a 4xx with the code, the faults and the hint', async (t) => {
  const endpoint = await open(t);
  endpoint.find = async () => {
    const hint = { command: 'daypass login --profile developer' };
    throw new DaypassError('sign-in-needed', 'profile developer has no session', { hint });
  };
  const answer = await sendRaw(endpoint.port, request(endpoint));
  assert.equal(answer.status, 403);
  assertClosed(answer, endpoint);
  assert.deepEqual(JSON.parse(answer.body), {
    Code: 'sign-in-needed',
    Message:
      'daypass: sign-in-needed: profile developer has no session; hint: run: daypass login --profile developer',
  });
  endpoint.find = async () => {
    throw new TypeError('https://idp.example?token=secret');
  };
  const crash = await sendRaw(endpoint.port, request(endpoint));
  assert.equal(JSON.parse(crash.body).Code, 'internal');
  assert.doesNotMatch(crash.raw, /secret/);
  assert.ok(endpoint.logged.some(([step]) => step === 'crashed'));
});

test('five requests in one packet get one answer', async (t) => {
  const endpoint = await open(t);
  const answer = await sendRaw(endpoint.port, request(endpoint).repeat(5));
  assert.equal(answer.raw.split('HTTP/1.1 ').length - 1, 1);
  assert.equal(endpoint.asked, 1);
});

test('a client that does not wait is noticed, and one that waits longer than an idle connection may is served', async (t) => {
  const endpoint = await open(t);
  const found = deferred<CredentialsRecord>();
  endpoint.find = () => found.promise;
  const impatient = connect(endpoint.port, '127.0.0.1');
  impatient.write(request(endpoint));
  const patient = sendRaw(endpoint.port, request(endpoint));
  await until(() => endpoint.asked === 2, 'both are waiting');
  impatient.destroy();
  await until(() => endpoint.hungUp === 1, 'it is noticed');
  // Idle connections are closed after 6 s.
  setTimeout(() => found.resolve(record), 7000);
  assert.equal((await patient).status, 200);
  assert.equal(endpoint.hungUp, 1);
});

test('close cuts the requests that wait, and frees the port', async (t) => {
  const endpoint = await open(t);
  endpoint.find = () => new Promise(() => {});
  const waiting = sendRaw(endpoint.port, request(endpoint));
  await until(() => endpoint.asked === 1, 'the request waits');
  endpoint.server.close();
  assert.equal((await waiting).raw, '');
  const [error] = await once(connect(endpoint.port, '127.0.0.1'), 'error');
  assert.equal(error.code, 'ECONNREFUSED');
});

test('1,000 silent connections keep no client out', async (t) => {
  const endpoint = await open(t);
  const flood = startFlood(endpoint, 1000);
  t.after(() => flood.stop());
  const { failed } = await flood.whileServed();
  assert.deepEqual(failed, []);
});

suite('slow connections are cut without an answer', { concurrency: true }, () => {
  const beginnings: [string, (endpoint: Endpoint) => string][] = [
    ['one that says nothing', () => ''],
    ['half a request line', () => 'GET /cred'],
    ['headers that never end', (endpoint) => request(endpoint).slice(0, -2)],
    ['blank lines', () => '\r\n\r\n'],
  ];
  for (const [what, text] of beginnings)
    test(what, async (t) => {
      const endpoint = await open(t);
      const socket = connect(endpoint.port, '127.0.0.1');
      const raw = received(socket);
      socket.write(text(endpoint));
      assert.equal(await raw, '');
      assert.equal(endpoint.asked, 0);
    });
});
