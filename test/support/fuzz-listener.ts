import assert from 'node:assert/strict';
import { Loopback } from '../../src/browser/loopback-server.ts';
import { Pages } from '../../src/browser/pages.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { Random } from './random.ts';
import { sendRaw } from './raw-http.ts';

const state = 'S'.repeat(43);
const pages = new Pages({
  profile: 'developer',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
} as Settings);

const methods = ['GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'PRI', 'get', ''];
const paths = [
  '/callback',
  '/callback',
  '/callback',
  '/done',
  '/',
  '/callback/',
  '//callback',
  '/start/x',
  '*',
];
const versions = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'ICY/1.0', ''];
const names = ['state', 'state[]', 'code', 'error', 'iss', 'id_token', '__proto__', 'constructor', '%00', ''];
const values = [
  '',
  'x',
  '%',
  '%00',
  '%ff',
  '%0d%0aSet-Cookie:a=b',
  '<script>',
  'a'.repeat(3000),
  '__proto__',
];
const strangeHeaders = [
  'Host: evil.example',
  'Content-Length: 5',
  'Content-Length: -1',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Expect: 100-continue',
  'Origin: null',
  'Sec-Fetch-Mode: no-cors',
  'Purpose: prefetch',
  'Cookie: a=b; c',
  `X-Long: ${'x'.repeat(17_000)}`,
  'X-Nul: \0',
  ' folded',
  'no colon',
  ': no name',
];

/** Returns a request without the cookie or the state, with up to eight mutated bytes. */
function strayRequest({ whole: random, pick }: Random, authority: string, cookie: string): Buffer {
  /** Prefers the first, so that a request passes the earlier checks. */
  const mostly = <Value>(values: readonly Value[]) => (random(8) === 0 ? pick(values) : (values[0] as Value));
  const withState = random(2) === 0;
  const query = Array.from({ length: random(6) }, () => `${pick(names)}=${pick(values)}`);
  if (withState) query.push(`code=x&state=${state}`);
  const headers = [
    ...(random(8) === 0 ? [] : [`Host: ${authority}`]),
    ...(withState ? [] : [`Cookie: ${cookie}`]),
    ...(random(3) === 0 ? [pick(strangeHeaders), mostly(['X-One: 1', ...strangeHeaders])] : []),
  ];
  const end = mostly(['\r\n', '\n', '\r']);
  const lines = [`${mostly(methods)} ${mostly(paths)}?${query.join('&')} ${mostly(versions)}`, ...headers];
  const body = mostly(['', '0\r\n\r\n', 'state=', '\0\0\0']);
  const bytes = Buffer.from(`${lines.join(end)}${end}${end}${body}`, 'latin1');
  if (random(4) === 0) {
    for (let times = random(8); times > 0; times--) bytes[random(bytes.length)] = random(256);
  }
  return random(10) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

/**
 * Sends strange requests to one sign-in. They must get no page with a secret, and the sign-in must still
 * succeed.
 */
export async function fuzzListener(rounds: number, random: Random): Promise<void> {
  const loopback = await Loopback.open({ host: '127.0.0.1', ports: [], path: '/callback', pages });
  try {
    await strangeRequests(loopback, rounds, random);
  } finally {
    loopback.close();
  }
}

async function strangeRequests(loopback: Loopback, rounds: number, random: Random): Promise<void> {
  const { host: authority, port, pathname } = new URL(loopback.link);
  loopback.serve('https://idp.example/authorize', {
    state,
    issuer: 'https://idp.example',
    sendsIssuer: false,
  });
  let ended = false;
  const end = () => (ended = true);
  loopback.callback.then(end, end);
  const opened = await sendRaw(
    Number(port),
    `GET ${pathname} HTTP/1.1\r\nHost: ${authority}\r\nSec-Fetch-Mode: navigate\r\n\r\n`,
  );
  const cookie = opened.headers['set-cookie']?.split(';')[0] ?? '';
  assert.notEqual(cookie, '');

  for (let round = 0; round < rounds; ) {
    const batch = Array.from({ length: Math.min(25, rounds - round) }, () =>
      strayRequest(random, authority, cookie),
    );
    round += batch.length;
    await Promise.all(
      batch.map(async (bytes) => {
        const { status, raw } = await sendRaw(Number(port), bytes, { finish: true });
        const told = `${JSON.stringify(bytes.toString('latin1').slice(0, 2000))} got ${raw}`;
        assert.ok(status === 0 || (status >= 400 && status < 500), told);
        assert.doesNotMatch(raw, /<script|set-cookie|SSSSSS|access-control/i, told);
        assert.ok(!raw.includes(cookie), told);
        assert.equal(ended, false, told);
      }),
    );
  }

  const callback = `GET /callback?code=x&state=${state} HTTP/1.1\r\nHost: ${authority}\r\nCookie: ${cookie}\r\n\r\n`;
  assert.equal((await sendRaw(Number(port), callback)).status, 303, 'the right one is still taken');
  assert.equal((await loopback.callback).get('code'), 'x');
}
