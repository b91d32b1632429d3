// Strange HTTP answers behind a company's CA bundle and proxy, where our own code reads them instead of
// Node's fetch.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import type { ErrorCode } from '../../src/errors.ts';
import { companyAgent, fetchThrough } from '../../src/network/agent.ts';
import { unreachable } from '../../src/network/unreachable.ts';
import { discover } from '../../src/oidc/discovery.ts';
import { createAuthority } from './certificates.ts';
import { assertRefused, mutatedText } from './fuzz-provider.ts';
import type { Random } from './random.ts';

const name = 'login.example.test';
const unwanted = ['https_proxy', 'NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS'];
const codes: ErrorCode[] = ['provider-unreachable', 'provider-failed', 'bad-discovery', 'issuer-mismatch'];

/**
 * Fetches from a provider and through a proxy that answer strangely. Each call ends with an answer or with a
 * readable error; an exception that no promise carries fails the test. Every 50th call reads the metadata.
 */
export async function fuzzAnswers(rounds: number, random: Random): Promise<void> {
  const authority = createAuthority();
  const before = { ...process.env };
  const stage: Stage = { answer: '', tunnel: '' };
  const provider = createTlsServer(authority.issue(`DNS:localhost,DNS:${name}`), (socket) =>
    answered(socket, () => stage.answer),
  );
  const proxy = createServer((socket) => tunnelled(socket, stage, portOf(provider)));
  for (const server of [provider, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
  Object.assign(process.env, {
    AWS_CA_BUNDLE: authority.file,
    HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`,
  });
  for (const other of unwanted) delete process.env[other];
  const sockets = new Set<Socket>();
  for (const server of [provider, proxy])
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
  // Agents load all authorities for each connection, which takes most of the time of a call.
  const secureContext = createSecureContext({ ca: readFileSync(authority.file) });
  const fetched = async (url: string): Promise<void> => {
    const agent = companyAgent(url, { path: authority.file, origin: 'AWS_CA_BUNDLE' }, process.env);
    Object.assign(agent.options, { secureContext });
    try {
      await (await fetchThrough(agent, url, { signal: AbortSignal.timeout(5000) })).text();
    } catch (error) {
      throw unreachable('provider-unreachable', { peer: 'the provider', url, setting: 'issuer' }, error);
    }
  };
  try {
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      // A proxy is never used for loopback.
      const issuer = round % 2 === 0 ? `https://${name}` : `https://localhost:${portOf(provider)}`;
      stage.tunnel = random.whole(4) === 0 ? oddAnswer('', random) : 'HTTP/1.1 200 Established\r\n\r\n';
      stage.answer = oddAnswer(metadataOf(issuer), random);
      try {
        if (round % 50 === 0) assert.equal((await discover({ issuer })).metadata.issuer, issuer);
        else await fetched(issuer);
        taken += 1;
      } catch (error) {
        assertRefused(error, [...codes, 'proxy-unusable'], `${stage.tunnel}\n${stage.answer}`);
      }
    }
    // The test proves nothing if every answer is rejected.
    assert.ok(taken > rounds / 20, `${taken} of ${rounds} are accepted`);
  } finally {
    for (const each of ['AWS_CA_BUNDLE', 'HTTPS_PROXY', ...unwanted])
      if (before[each] === undefined) delete process.env[each];
      else process.env[each] = before[each];
    for (const server of [provider, proxy]) server.close();
    // A half-closed connection would keep the process of the test running.
    for (const socket of sockets) socket.destroy();
    authority.remove();
  }
}

/** What the provider and the proxy answer, one character a byte. */
interface Stage {
  answer: string;
  tunnel: string;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Answers a request and ends the connection, so that no call waits for its deadline. */
function answered(socket: Socket, answer: () => string): void {
  socket.on('error', () => socket.destroy());
  socket.once('data', () => socket.end(Buffer.from(answer(), 'latin1')));
}

function tunnelled(socket: Socket, stage: Stage, port: number): void {
  if (!stage.tunnel.startsWith('HTTP/1.1 200 Established\r\n')) {
    answered(socket, () => stage.tunnel);
    return;
  }
  const back = connect(port, '127.0.0.1');
  for (const each of [socket, back]) each.on('error', () => each.destroy());
  socket.once('data', () => {
    socket.write(stage.tunnel);
    socket.pipe(back).pipe(socket);
  });
}

function metadataOf(issuer: string): string {
  const endpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'];
  return JSON.stringify({ issuer, ...Object.fromEntries(endpoints.map((each) => [each, `${issuer}/x`])) });
}

const reasons = [
  '',
  ' OK',
  ' \u0000',
  ' a\u0001b',
  ' \u001b[31mred',
  ' \u007f',
  ' \u00e9',
  ` ${'x'.repeat(9000)}`,
];
const versions = ['HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', 'ICY', ''];
const headers = [
  ...['Content-Length: 5', 'Content-Length: -1', 'Content-Length: 99999999', 'Content-Length: 1, 2'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip', 'Content-Encoding: gzip', 'Connection: close'],
  ...['Connection: upgrade\r\nUpgrade: websocket', 'Upgrade: h2c', 'Location: http://[', 'Trailer: x'],
  ...['Date: never', 'Date: \u00ff', 'Set-Cookie: a=b\r\nSet-Cookie: c=d', '__proto__: x', 'constructor: x'],
  ...['X: \u0000', 'X: \u0001', 'X\u0000: y', ': empty', 'no colon', ' folded', `X: ${'y'.repeat(20_000)}`],
];
const oddCharacters = [...'\u0000\u0001\u0007\r\n\t :;,\u007f\u0080\u00ff', '\r\n', '\r\n\r\n', '0', '9'];

/** Returns an answer whose status line, headers and body are each right or not. */
function oddAnswer(body: string, random: Random): string {
  const often = <Value>(right: Value, odd: () => Value) => (random.whole(3) === 0 ? odd() : right);
  const status = random.pick([
    () => '200',
    () => String(random.whole(1000)).padStart(3, '0'),
    () => String(600 + random.whole(400)),
    () => random.pick(['', '20', '2000', '-1', '2e2', '101', '204', '304']),
  ]);
  const line = `${often('HTTP/1.1', () => random.pick(versions))} ${often('200', status)}${often(' OK', () => random.pick(reasons))}`;
  const fields = often<string[]>([], () =>
    Array.from({ length: random.whole(4) }, () => random.pick(headers)),
  );
  const content = often(body, () =>
    random.pick([
      () => '',
      () => body.slice(0, random.whole(body.length)),
      () => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      () => `ffffffffffffffff\r\n${body}`,
      () => (random.whole(20) === 0 ? ' '.repeat(1_100_000) : body),
    ])(),
  );
  const answer = `${[line, 'Content-Type: application/json', ...fields].join('\r\n')}\r\n\r\n${content}`;
  return random.whole(6) === 0 ? mutatedText(answer, random, oddCharacters) : answer;
}
