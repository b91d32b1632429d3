// A team's file from a real HTTPS server with a private authority, and what a hostile server can answer.
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { DaypassError } from '../../src/errors.ts';
import { parseTeamFile } from '../../src/team/team-file.ts';
import { readTeamSource, teamSource } from '../../src/team/team-source.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';

let server: TeamServer;
let elsewhere: TeamServer;
before(async () => {
  // Of the machine that runs the tests.
  for (const name of Object.keys(process.env))
    if (/^(https?|all|no)_proxy$|^AWS_CA_BUNDLE$/i.test(name)) delete process.env[name];
  server = await startTeamServer();
  elsewhere = await startTeamServer();
});
after(async () => {
  await server.stop();
  await elsewhere.stop();
});

const content = '# Hello\n[profile dev]\ndaypass_issuer = https://login.example.com\n';

/** Fetches `/team.conf?token=hunter2` from a server that answers so. */
function fetchFrom(answer: RequestListener, path = '/team.conf?token=hunter2'): Promise<Uint8Array> {
  server.answer = answer;
  server.requests.length = 0;
  const bundle = { path: server.authority, origin: 'AWS_CA_BUNDLE' };
  return readTeamSource(teamSource(server.origin + path, '/home/ada'), bundle);
}

async function refused(answer: RequestListener, told: RegExp, hint = /./): Promise<void> {
  const error = await fetchFrom(answer).then(
    () => assert.fail('it was accepted'),
    (error: DaypassError) => error,
  );
  assert.equal(error.code, 'team-file-unavailable', error.stack);
  assert.match(error.message, told);
  assert.match(error.hint ?? '', hint);
  assert.doesNotMatch(error.message + error.hint, /hunter2|\p{Cc}/u);
}

const redirect =
  (location: string, status = 302): RequestListener =>
  (_, response) =>
    response.writeHead(status, { location }).end();

test('a file is fetched in one request, whatever its content type is', async () => {
  for (const type of ['text/plain', 'application/octet-stream', 'text/html', '']) {
    const bytes = await fetchFrom((_, response) => {
      if (type) response.setHeader('content-type', type);
      response.end(content);
    });
    assert.equal(parseTeamFile(bytes, 'x').profiles[0]?.name, 'dev');
    assert.deepEqual(server.requests, ['GET /team.conf?token=hunter2']);
  }
});

test('redirects on the same server are followed, five at most', async () => {
  const bytes = await fetchFrom((request, response) => {
    const step = Number(request.url?.slice(-1));
    const next = step % 2 ? `/step${step + 1}` : `${server.origin}/step${step + 1}#x`;
    if (step === 5) response.end(content);
    else response.writeHead(301 + (step % 2), { location: next }).end();
  }, '/step0');
  assert.equal(Buffer.from(bytes).toString(), content);
  assert.equal(server.requests.length, 6);
  await refused(redirect('/team.conf'), /redirects more than 5 times/);
  assert.equal(server.requests.length, 6);
});

test('a redirect to another host, port or scheme is not followed', async () => {
  elsewhere.answer = (_, response) => response.end(content);
  const port = new URL(server.origin).port;
  for (const location of [
    elsewhere.origin,
    `https://127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `//login.example.com/oauth?token=hunter2`,
    `https://user:hunter2@localhost:${port}/`,
    'file:///etc/passwd',
    'data:text/plain,x',
    'https://',
    'https://localhost:99999/',
  ])
    await refused(redirect(location), /only on the same server/, /sign-in|does not redirect/);
  assert.deepEqual(elsewhere.requests, []);
});

for (const [status, hint] of [
  [204, /check the address/],
  [206, /check the address/],
  [304, /check the address/],
  [300, /check the address/],
  [401, /without a sign-in/],
  [403, /without a sign-in/],
  [404, /check the address/],
  [429, /try again/],
  [500, /try again/],
  [503, /try again/],
] as const) {
  test(`an answer ${status} is no file`, () =>
    refused((_, response) => response.writeHead(status).end(), new RegExp(`answered ${status}$`), hint));
}

test('the page of a sign-in is no file', async () => {
  for (const page of ['<!DOCTYPE html><title>Sign in', '\ufeff\r\n <html>', '<?xml version="1.0"?>'])
    await refused((_, response) => response.end(page), /answered with a web page/, /"Raw"/);
});

test('a compressed answer is no file, however large it would become', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  await refused(
    (_, response) => response.setHeader('content-encoding', 'gzip').end(bomb),
    /compressed content/,
  );
});

test('an answer without end is cut at 1 MiB', async () => {
  let sent = 0;
  await refused((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65536, 'x'))) sent += 65536;
    };
    response.on('drain', more);
    more();
  }, /its answer is too large/);
  assert.ok(sent < 64 * 1024 * 1024);
});

test('an answer that is cut is no file, though what came of it would be one', async () => {
  for (const headers of [{ 'content-length': '5000' }, { 'transfer-encoding': 'chunked' }])
    await refused((_, response) => {
      response.writeHead(200, headers);
      response.write(content, () => response.socket?.destroy());
    }, /cannot reach the server of the team's file at localhost:\d+: the connection was cut/);
});

test('no answer, and one that never ends, both end at the one deadline of all requests', async () => {
  const { fetchTeamFile } = await import('../../src/team/fetch-team-file.ts');
  const bundle = { path: server.authority, origin: 'AWS_CA_BUNDLE' };
  const slow: RequestListener[] = [
    () => {},
    (_, response) => void response.writeHead(200).write('#'),
    (request, response) => {
      if (request.url === '/0') response.writeHead(302, { location: '/1' }).end();
    },
  ];
  for (const answer of slow) {
    server.answer = answer;
    await assert.rejects(fetchTeamFile(`${server.origin}/0`, 'x', bundle, 1500), {
      code: 'team-file-unavailable',
      message: /it did not answer in time/,
    });
  }
});

test('a server whose authority is unknown gets no request', async () => {
  server.requests.length = 0;
  await assert.rejects(readTeamSource(teamSource(`${server.origin}/team.conf`, '/')), {
    code: 'team-file-unavailable',
    message: /an authority that Node does not know/,
    hint: /AWS_CA_BUNDLE/,
  });
  assert.deepEqual(server.requests, []);
});

/** Sets a variable of this process until the test ends. */
function setVariable(t: TestContext, name: string, value: string): void {
  const { [name]: before } = process.env;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
  process.env[name] = value;
}

test('the file comes through the proxy of the company', async (t) => {
  const proxy = await startConnectProxy({ 'team.example.com:443': Number(new URL(server.origin).port) });
  t.after(proxy.stop);
  setVariable(t, 'HTTPS_PROXY', proxy.url);
  setVariable(t, 'AWS_CA_BUNDLE', server.authority);
  server.answer = (_, response) => response.end(content);
  const source = teamSource('https://team.example.com/team.conf', '/home/ada');
  assert.equal(Buffer.from(await readTeamSource(source)).toString(), content);
  assert.deepEqual(proxy.asked, ['team.example.com:443']);
  proxy.answer = 403;
  await assert.rejects(readTeamSource(source), { code: 'proxy-unusable' });
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 is refused before any connection', async (t) => {
  setVariable(t, 'NODE_TLS_REJECT_UNAUTHORIZED', '0');
  await assert.rejects(
    fetchFrom((_, response) => response.end(content)),
    { code: 'unsafe-environment' },
  );
  assert.deepEqual(server.requests, []);
});
