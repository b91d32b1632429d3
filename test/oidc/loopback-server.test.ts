// The adversarial list L01 to L109 of the security research (section 3.5), with the differences that daypass's design has: the
// sign-in link has a path of its own, the callback needs its cookie and answers 303 to /done, and form_post is not offered.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DaypassError } from '../../src/errors.ts';
import { type Loopback, type LoopbackOptions, openLoopback } from '../../src/oidc/loopback-server.ts';
import { Pages } from '../../src/oidc/pages.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { type RawAnswer, received, sendRaw } from '../support/raw-http.ts';

const pages = new Pages(join(import.meta.dirname, '../../views'), {
  profile: 'developer',
  roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess',
} as Settings);
const state = 'S'.repeat(43);
/** In every hostile request; an answer that has it reflects what a stranger said. */
const marker = 'zq7marker';
const code = `${marker}-code`;
const providerUrl = 'https://idp.example/authorize?client_id=daypass';

/** One sign-in that waits: its listener, and the browser that opened its link. */
interface Waiting {
  loopback: Loopback;
  port: number;
  authority: string;
  startPath: string;
  cookie: string;
  ended: () => boolean;
}

async function waiting(options: Partial<LoopbackOptions> = {}): Promise<Waiting> {
  const loopback = await openLoopback({ host: '127.0.0.1', ports: [], path: '/callback', pages, ...options });
  const { host: authority, port, pathname: startPath } = new URL(loopback.link);
  loopback.serve(providerUrl, state);
  let over = false;
  const end = () => (over = true);
  loopback.callback.then(end, end);
  return { loopback, port: Number(port), authority, startPath, cookie: '', ended: () => over };
}

/** As `waiting`, and a browser has opened the link. */
async function opened(options: Partial<LoopbackOptions> = {}): Promise<Waiting> {
  const signIn = await waiting(options);
  const { status, headers } = await get(signIn, signIn.startPath);
  assert.equal(status, 302);
  return { ...signIn, cookie: headers['set-cookie']?.split(';')[0] ?? '' };
}

/** The request that would answer the sign-in, with one thing at a time changed. */
function request(
  { authority, cookie: bound }: Waiting,
  {
    line = '',
    method = 'GET',
    path = '/callback',
    query = `?code=${code}&state=${state}`,
    version = 'HTTP/1.1',
    host = [`Host: ${authority}`],
    headers = [],
    cookie = bound,
    body = '',
  }: Partial<
    Record<'line' | 'method' | 'path' | 'query' | 'version' | 'cookie' | 'body', string> &
      Record<'host' | 'headers', string[]>
  >,
): string {
  const cookies = cookie ? [`Cookie: ${cookie}`] : [];
  const first = line || `${method} ${path}${query} ${version}`;
  return `${[first, ...host, `X-Marker: ${marker}`, ...cookies, ...headers].join('\r\n')}\r\n\r\n${body}`;
}

function get(signIn: Waiting, path: string, headers: string[] = []): Promise<RawAnswer> {
  return sendRaw(signIn.port, request(signIn, { path, query: '', headers }));
}

type Change = Parameters<typeof request>[1];
/** `bare` answers come before any page can be rendered: no body at all. */
type Row = [
  id: string,
  what: string,
  answer: string,
  change: Change | ((signIn: Waiting) => Change | Buffer),
];

const post = (type: string, body: string): Change => ({
  method: 'POST',
  query: '',
  headers: [`Content-Type: ${type}`, `Content-Length: ${body.length}`],
  body,
});
const form = 'application/x-www-form-urlencoded';
const good = `code=${code}&state=${state}`;

const table: Row[] = [
  ['L01', 'DNS rebinding', '421', ({ port }) => ({ host: [`Host: evil.example:${port}`] })],
  [
    'L02',
    'localhost, which was not registered',
    '421',
    ({ port }) => ({ host: [`Host: localhost:${port}`] }),
  ],
  ['L03', 'a Host without a port', '421', { host: ['Host: 127.0.0.1'] }],
  ['L04', "another port's Host", '421', { host: ['Host: 127.0.0.1:1'] }],
  [
    'L05',
    'a Host that begins with ours',
    '421',
    ({ port }) => ({ host: [`Host: 127.0.0.1.evil.example:${port}`] }),
  ],
  ['L06', 'a decimal Host', '421', ({ port }) => ({ host: [`Host: 2130706433:${port}`] })],
  ['L07', 'no Host', 'bare 400', { host: [] }],
  ['L08', 'no Host in HTTP/1.0', '421', { host: [], version: 'HTTP/1.0' }],
  [
    'L09',
    'two Hosts, the first ours',
    '421',
    ({ authority }) => ({ host: [`Host: ${authority}`, 'Host: evil.example'] }),
  ],
  [
    'L10',
    'two Hosts, the second ours',
    '421',
    ({ authority }) => ({ host: ['Host: evil.example', `Host: ${authority}`] }),
  ],
  [
    'L11',
    'X-Forwarded-Host in place of ours',
    '421',
    ({ authority }) => ({
      host: ['Host: evil.example'],
      headers: [`X-Forwarded-Host: ${authority}`, `Forwarded: host=${authority}`],
    }),
  ],
  [
    'L12',
    'an absolute target',
    '400',
    ({ authority }) => ({ line: `GET http://${authority}/callback?${good} HTTP/1.1` }),
  ],
  ['L13', 'an asterisk as target', '400', { method: 'OPTIONS', path: '*', query: '' }],
  ['L14', '/', '404', { path: '/' }],
  ['L15', 'the favicon', '404', { path: '/favicon.ico' }],
  ['L16', 'robots.txt', '404', { path: '/robots.txt' }],
  ['L17', 'a trailing slash', '404', { path: '/callback/' }],
  ['L18', 'other letters', '404', { path: '/Callback' }],
  ['L19', 'a double slash', '404', { path: '//callback' }],
  ['L20', 'a dot segment', '404', { path: '/./callback' }],
  ['L21', 'an encoded path', '404', { path: '/%63allback' }],
  ['L22', 'a broken percent sign', '404', { path: '/%zz' }],
  ['L23', 'a path traversal', '404', { path: '/../../etc/passwd' }],
  ['L24', 'POST', '405', { method: 'POST' }],
  ['L25', 'PUT', '405', { method: 'PUT' }],
  ['L26', 'DELETE', '405', { method: 'DELETE' }],
  ['L27', 'HEAD', '405', { method: 'HEAD' }],
  ['L28', 'OPTIONS', '405', { method: 'OPTIONS' }],
  ['L29', 'PATCH', '405', { method: 'PATCH' }],
  ['L30', 'PROPFIND', '405', { method: 'PROPFIND' }],
  [
    'L31',
    'a preflight into the local network',
    '405',
    {
      method: 'OPTIONS',
      headers: [
        'Origin: https://evil.example',
        'Access-Control-Request-Method: GET',
        'Access-Control-Request-Private-Network: true',
      ],
    },
  ],
  ['L33', 'TRACE', '405', { method: 'TRACE' }],
  ['L34', 'CONNECT', 'bare 400', ({ authority }) => ({ line: `CONNECT ${authority} HTTP/1.1` })],
  ['L35', 'a WebSocket', 'bare 400', { headers: ['Connection: Upgrade', 'Upgrade: websocket'] }],
  [
    'L36',
    'h2c',
    'bare 400',
    { headers: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'] },
  ],
  ['L37', 'the HTTP/2 preface', 'bare 400', () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  [
    'L38',
    'a TLS ClientHello',
    'bare 400',
    () => Buffer.from('160301020001000001fc0303'.padEnd(200, 'ab'), 'hex'),
  ],
  ['L39', 'garbage', 'bare 400', () => Buffer.from(`${marker} \x00\xff\r\n\r\n`, 'latin1')],
  [
    'L40',
    'an <img>',
    '403',
    { headers: ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'] },
  ],
  ['L40', 'a <script>', '403', { headers: ['Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: script'] }],
  ['L41', 'an <iframe>', '403', { headers: ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'] }],
  ['L42', 'fetch()', '403', { headers: ['Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty'] }],
  ['L42', 'a request in another mode', '403', { headers: ['Sec-Fetch-Mode: cors'] }],
  ['L43', 'an Origin', '403', { headers: ['Origin: https://evil.example'] }],
  ['L43', 'the Origin null', '403', { headers: ['Origin: null'] }],
  ['L44', 'a prefetch', '403', { headers: ['Sec-Purpose: prefetch'] }],
  ['L44', 'a prerender', '403', { headers: ['Sec-Purpose: prefetch;prerender'] }],
  ['L44', "Safari's preview", '403', { headers: ['X-Purpose: preview', 'Purpose: preview'] }],
  ['L44', "Firefox's old prefetch", '403', { headers: ['X-Moz: prefetch'] }],
  ['L45', 'no parameters', '400', { query: '' }],
  ['L46', 'no state', '400', { query: `?code=${code}` }],
  ['L47', 'a wrong state', '400', { query: `?code=${code}&state=${marker}` }],
  ['L48', 'half a state', '400', { query: `?code=${code}&state=${state.slice(0, 20)}` }],
  ['L48', 'more than the state', '400', { query: `?code=${code}&state=${state}S` }],
  ['L49', 'an empty state', '400', { query: `?code=${code}&state=` }],
  ['L50', 'two states', '400', { query: `?code=${code}&state=${state}&state=${marker}` }],
  ['L50', 'the state twice', '400', { query: `?${good}&state=${state}` }],
  ['L51', 'a state in array syntax', '400', { query: `?code=${code}&state[]=${state}` }],
  ['L52', 'two codes', '400', { query: `?${good}&code=${marker}` }],
  ['L53', 'no code', '400', { query: `?state=${state}` }],
  ['L54', 'code and error', '400', { query: `?${good}&error=access_denied` }],
  ['L55', 'an error without state', '400', { query: '?error=access_denied' }],
  ['L55', 'an error with a wrong state', '400', { query: `?error=access_denied&state=${marker}` }],
  [
    'L56',
    'markup in the parameters',
    '400',
    { query: `?code=<script>${marker}</script>&state="'><img src=x onerror=${marker}>`.replaceAll(' ', '+') },
  ],
  ['L57', 'CR LF in a parameter', '400', { query: `?code=${code}&state=%0d%0aSet-Cookie:%20${marker}=1` }],
  ['L58', 'NUL and broken UTF-8', '400', { query: `?code=%00%ff&state=%00%c0%af${marker}` }],
  ['L59', '__proto__', '400', { query: `?code=${code}&__proto__[state]=${state}&__proto__=${marker}` }],
  [
    'L60',
    '1,000 parameters',
    '400',
    { query: `?${good}&${Array.from({ length: 1000 }, (_, index) => `p${index}=`).join('&')}` },
  ],
  ['L61', 'a target of 9 KiB', '400', { query: `?${good}&x=${'x'.repeat(9216)}` }],
  ['L62', 'headers of 20 KiB', 'bare 400', { headers: [`X-Long: ${'x'.repeat(20_480)}`] }],
  [
    'L63',
    '200 headers and a wrong state',
    '400',
    {
      query: `?code=${code}&state=${marker}`,
      headers: Array.from({ length: 200 }, (_, index) => `X-${index}: ${marker}`),
    },
  ],
  [
    'L64',
    'Content-Length and Transfer-Encoding',
    'bare 400',
    { headers: ['Content-Length: 5', 'Transfer-Encoding: chunked'], body: '0\r\n\r\n' },
  ],
  ['L65', 'a chunked body', '400', { headers: ['Transfer-Encoding: chunked'], body: `0\r\n\r\n` }],
  ['L66', 'a body on GET', '413', { headers: ['Content-Length: 9'], body: marker }],
  [
    'L67',
    'two Content-Lengths',
    'bare 400',
    { headers: ['Content-Length: 0', 'Content-Length: 9'], body: marker },
  ],
  ['L68', 'a bare LF between headers', 'bare 400', { headers: [`X-One: 1\nX-Two: ${marker}`] }],
  ['L68', 'a space in a header name', 'bare 400', { headers: [`X One: ${marker}`] }],
  ['L69', 'a folded header', 'bare 400', { headers: [`X-One: 1\r\n ${marker}`] }],
  ['L70', 'Expect: 100-continue', 'bare 417', { headers: ['Expect: 100-continue'] }],
  ['L71', 'another Expect', 'bare 417', { headers: [`Expect: ${marker}`] }],
  ['L100', 'a callback as an empty form', '405', post(form, '')],
  ['L101', 'a form from another origin', '413', post(`${form}\r\nOrigin: https://evil.example`, good)],
  ['L102', 'a callback as text', '413', post('text/plain', good)],
  ['L103', 'a callback as JSON', '413', post('application/json', JSON.stringify({ code, state }))],
  ['L104', 'a body of 40 KiB', '413', post(form, `${good}&x=${'x'.repeat(40_960)}`)],
  ['L105', 'a body in gzip', '413', post(`${form}\r\nContent-Encoding: gzip`, good)],
  ['L106', 'a form with a wrong state', '413', post(form, `code=${code}&state=${marker}`)],
  ['L107', 'a query and a form', '413', { ...post(form, good), query: `?${good}` }],
  ['L108', 'a form in UTF-7', '413', post(`${form}; charset=utf-7`, good)],
  ['L109', 'a right form', '413', post(form, good)],
  ['cookie', 'a callback without the cookie', '403', { cookie: '' }],
  ['cookie', 'its value and more', '403', ({ cookie }) => ({ cookie: `${cookie}x` })],
  ['cookie', 'its value cut', '403', ({ cookie }) => ({ cookie: cookie.slice(0, -1) })],
  ['cookie', 'its name alone', '403', ({ cookie }) => ({ cookie: cookie.replace(/=.*/, '=') })],
  ['cookie', 'an error without the cookie', '403', { cookie: '', query: `?error=x&state=${state}` }],
  ['cookie', '/done before the callback', '404', { path: '/done', query: '' }],
  ['cookie', "another sign-in's link", '404', { path: `/start/${'A'.repeat(22)}`, query: '' }],
  ['token', 'an access token in the callback', '400', { query: `?${good}&access_token=${marker}` }],
  ['token', 'an ID token in the callback', '400', { query: `?${good}&id_token=${marker}` }],
  ['token', 'a JARM response in the callback', '400', { query: `?${good}&response=${marker}` }],
];

const exactHeaders = {
  'content-security-policy': `default-src 'none'; style-src '${pages.styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'interest-cohort=()',
  connection: 'close',
};
const absentHeaders =
  /^(access-control-.*|server|x-powered-by|etag|refresh|strict-transport-security|set-cookie)$/;

/** L32 and L83 to L92: what every page has, and has not. */
function assertPage({ headers, body }: RawAnswer, type = 'text/html; charset=utf-8'): void {
  for (const [name, value] of Object.entries(exactHeaders)) assert.equal(headers[name], value, name);
  assert.equal(headers['content-type'], type);
  if (body) assert.equal(headers['content-length'], String(Buffer.byteLength(body)));
  for (const name of Object.keys(headers)) assert.doesNotMatch(name, absentHeaders);
}

function assertNothingReflected({ raw }: RawAnswer, { cookie }: Waiting): void {
  for (const secret of [marker, state, cookie, '<script']) {
    if (secret) assert.ok(!raw.includes(secret), `the answer has ${secret}`);
  }
}

suite('a request of a stranger is refused, and the sign-in still waits', () => {
  let signIn: Waiting;
  before(async () => {
    signIn = await opened();
  });
  after(() => signIn.loopback.close());

  for (const [id, what, expected, change] of table) {
    test(`${id} ${what}: ${expected}`, async () => {
      const changed = typeof change === 'function' ? change(signIn) : change;
      const answer = await sendRaw(
        signIn.port,
        Buffer.isBuffer(changed) ? changed : request(signIn, changed),
      );
      assert.equal(answer.status, Number(expected.replace('bare ', '')), answer.raw);
      if (expected.startsWith('bare')) {
        assert.equal(answer.body.replaceAll(/[0\r\n]/g, ''), '');
        assert.equal(answer.headers.connection, 'close');
      } else assertPage(answer);
      assertNothingReflected(answer, signIn);
      assert.equal(signIn.ended(), false, 'the sign-in was ended');
    });
  }

  test('L72 five requests in one packet get one answer', async () => {
    const stray = request(signIn, { query: `?code=${code}&state=${marker}` });
    const { raw } = await sendRaw(signIn.port, stray.repeat(4) + request(signIn, {}));
    assert.equal(raw.split('HTTP/1.1 ').length - 1, 1);
    assert.equal(signIn.ended(), false);
  });

  test('L82 B04 the real callback, raced twice, counts once', async () => {
    const answers = await Promise.all([1, 2].map(() => sendRaw(signIn.port, request(signIn, {}))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 410]);
    const parameters = await signIn.loopback.callback;
    assert.deepEqual(Object.fromEntries(parameters), { code, state });
  });

  test('L95 the same callback again is gone', async () => {
    const answer = await sendRaw(signIn.port, request(signIn, {}));
    assert.equal(answer.status, 410);
    assertPage(answer);
    assertNothingReflected(answer, signIn);
  });
});

/** The sign-in is over after the test, and the listener with it. */
function scenario(name: string, run: (t: TestContext) => Promise<void>): void {
  test(name, { timeout: 60_000 }, run);
}

async function signInFor(t: TestContext, options?: Partial<LoopbackOptions>): Promise<Waiting> {
  const signIn = await opened(options);
  t.after(() => signIn.loopback.close());
  return signIn;
}

async function waitingFor(t: TestContext, options?: Partial<LoopbackOptions>): Promise<Waiting> {
  const signIn = await waiting(options);
  t.after(() => signIn.loopback.close());
  return signIn;
}

suite('the browser that opened the link', () => {
  scenario('gets a cookie and the way to the provider', async (t) => {
    const signIn = await waitingFor(t);
    const { status, headers } = await get(signIn, signIn.startPath);
    assert.equal(status, 302);
    assert.equal(headers.location, providerUrl);
    assert.match(
      headers['set-cookie'] ?? '',
      /^daypass-[0-9a-f]{8}=[\w-]{43}; Max-Age=3600; HttpOnly; SameSite=Lax; Path=\/$/,
    );
    for (const [name, value] of Object.entries(exactHeaders)) assert.equal(headers[name], value, name);
  });

  scenario('comes back by a 303 that has no code, and gets the page only with its cookie', async (t) => {
    const signIn = await signInFor(t);
    const { status, headers, body, raw } = await sendRaw(signIn.port, request(signIn, {}));
    assert.deepEqual([status, headers.location], [303, '/done']);
    assertPage({ status, headers, body, raw }, headers['content-type']);
    assertNothingReflected({ status, headers, body, raw }, signIn);

    const page = pages.signedIn({ identity: 'ada', expires: '2031-01-02T03:04:05Z', left: 3_600_000 });
    const early = get(signIn, '/done');
    assert.equal((await get({ ...signIn, cookie: '' }, '/done')).status, 404);
    signIn.loopback.show(page);
    const reload = await get(signIn, '/done');
    for (const answer of [await early, reload]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.body, page);
      assertPage(answer);
    }
    await signIn.loopback.delivered;
    assert.equal((await get({ ...signIn, cookie: '' }, '/done')).status, 404);
  });

  scenario('L96 brings an error, which ends the sign-in like a code', async (t) => {
    const signIn = await signInFor(t);
    const query = `?error=access_denied&error_description=${marker}&state=${state}`;
    const answer = await sendRaw(signIn.port, request(signIn, { query }));
    assert.equal(answer.status, 303);
    assertNothingReflected(answer, signIn);
    assert.equal((await signIn.loopback.callback).get('error'), 'access_denied');
  });

  scenario('L97 sees why it failed, escaped', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const report = { code: 'denied', faults: [`<script>${code}`], hint: '<b>again</b>' } as const;
    signIn.loopback.show(pages.failed({ ...report, faults: [...report.faults] }));
    const { body } = await get(signIn, '/done');
    assert.match(body, /Sign-in was denied/);
    assert.match(body, /&lt;script&gt;/);
    assert.doesNotMatch(body, /<script|<b>/);
  });

  scenario('L98 closes the tab: the answer counts, and nobody waits long for it', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const tab = connect(signIn.port, '127.0.0.1');
    tab.write(request(signIn, { path: '/done', query: '' }));
    await delay(100);
    tab.destroy();
    assert.ok(await signIn.loopback.callback);
    const shown = Date.now();
    signIn.loopback.show('<p>done</p>');
    await Promise.race([signIn.loopback.delivered, delay(20_000, undefined, { ref: false })]);
    assert.ok(Date.now() - shown < 15_000);
  });

  scenario('B08 may open the link again', async (t) => {
    const signIn = await signInFor(t);
    assert.equal((await get(signIn, signIn.startPath)).status, 302);
    assert.equal(signIn.ended(), false);
  });

  scenario('needs the sign-in to have begun', async (t) => {
    const loopback = await openLoopback({ host: '127.0.0.1', ports: [], path: '/callback', pages });
    t.after(() => loopback.close());
    const { host: authority, port, pathname: startPath } = new URL(loopback.link);
    const signIn = { loopback, port: Number(port), authority, startPath, cookie: '', ended: () => false };
    assert.equal((await get(signIn, startPath)).status, 404);
    loopback.serve(providerUrl, state);
    assert.equal((await get(signIn, startPath)).status, 302);
  });

  scenario('B22 is heard after a thousand wrong states', async (t) => {
    const signIn = await signInFor(t);
    for (let batch = 0; batch < 40; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 25 }, () =>
          sendRaw(signIn.port, request(signIn, { query: `?code=${code}&state=${marker}` })),
        ),
      );
      assert.ok(answers.every(({ status }) => status === 400));
    }
    assert.equal((await sendRaw(signIn.port, request(signIn, {}))).status, 303);
  });
});

suite('who opens the link', () => {
  const previews: [what: string, change: Change][] = [
    ['a HEAD request', { method: 'HEAD' }],
    ['a prefetch', { headers: ['Sec-Purpose: prefetch'] }],
    ['a prerender', { headers: ['Sec-Purpose: prefetch;prerender'] }],
    ["a chat program's preview", { headers: ['Purpose: preview'] }],
    ['an <img>', { headers: ['Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'] }],
    ['another Host', { host: ['Host: evil.example'] }],
  ];
  for (const [what, change] of previews) {
    scenario(`${what} neither opens the link nor ends the sign-in`, async (t) => {
      const signIn = await waitingFor(t);
      const peek = () =>
        sendRaw(signIn.port, request(signIn, { path: signIn.startPath, query: '', ...change }));
      for (const answer of [await peek(), await peek()]) {
        assert.ok([403, 405, 421].includes(answer.status), answer.raw);
        assertPage(answer);
        assert.ok(!answer.raw.includes(providerUrl));
      }
      assert.equal((await get(signIn, signIn.startPath)).status, 302, 'the person is still the first');
      await peek();
      assert.equal(signIn.ended(), false);
    });
  }

  scenario('a second browser ends the sign-in, since one of the two is a stranger', async (t) => {
    const signIn = await signInFor(t);
    const answer = await get({ ...signIn, cookie: '' }, signIn.startPath);
    assert.equal(answer.status, 410);
    assertPage(answer);
    assert.ok(!answer.raw.includes(providerUrl));
    await assert.rejects(signIn.loopback.callback, { name: 'DaypassError', code: 'start-link-reused' });
  });

  scenario('two sign-ins do not share cookies', async (t) => {
    const [one, two] = [await signInFor(t), await signInFor(t)];
    assert.notEqual(one.cookie.split('=')[0], two.cookie.split('=')[0], 'cookies hold for every port');
    const answer = await sendRaw(two.port, request({ ...two, cookie: one.cookie }, {}));
    assert.equal(answer.status, 403);
    const both = { ...two, cookie: `${one.cookie}; ${two.cookie}` };
    assert.equal((await sendRaw(two.port, request(both, {}))).status, 303);
  });
});

suite('the port', () => {
  scenario('L94 L99 is closed with the sign-in, open connections included', async (t) => {
    const signIn = await signInFor(t);
    await sendRaw(signIn.port, request(signIn, {}));
    const open = received(connect(signIn.port, '127.0.0.1'));
    const held = get(signIn, '/done');
    await delay(50);
    signIn.loopback.close();
    assert.equal(await open, '');
    assert.equal((await held).status, 0);
    assert.equal(await refusal(signIn.port, '127.0.0.1'), 'ECONNREFUSED');
  });

  scenario('L77 L78 L79 answers on 127.0.0.1 alone', async (t) => {
    const { port } = await waitingFor(t);
    const strangers = ['127.0.0.2', '::1'];
    for (const addresses of Object.values(networkInterfaces()))
      for (const { address, internal, scopeid } of addresses ?? [])
        if (!internal && !scopeid) strangers.push(address);
    for (const address of strangers) assert.equal(await refusal(port, address), 'ECONNREFUSED', address);
  });

  scenario('L80 L81 cannot be bound by another', async (t) => {
    const { port } = await waitingFor(t);
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      await assert.rejects(occupy(port, host), { code: 'EADDRINUSE' }, host);
    }
  });

  scenario('differs between two sign-ins', async (t) => {
    assert.notEqual((await waitingFor(t)).port, (await waitingFor(t)).port);
  });

  scenario('B19 if fixed and taken is an error that names it', async (t) => {
    const taken = await occupied(t);
    await assert.rejects(waiting({ ports: [taken] }), (error: DaypassError) => {
      assert.equal(error.code, 'port-busy');
      assert.match(error.message, new RegExp(`port ${taken} of 127\\.0\\.0\\.1`));
      return true;
    });
  });

  scenario('is the first free one of a list', async (t) => {
    const [taken, free, later] = [await occupied(t), await freePort(), await freePort()];
    const { port, loopback } = await waitingFor(t, { ports: [taken, free, later] });
    assert.equal(port, free);
    assert.equal(loopback.redirectUri, `http://127.0.0.1:${free}/callback`);
    assert.equal((await waitingFor(t, { ports: [taken, free, later] })).port, later);
  });

  scenario('under localhost is bound on both families', async (t) => {
    const signIn = await signInFor(t, { host: 'localhost' });
    assert.equal(signIn.loopback.redirectUri, `http://localhost:${signIn.port}/callback`);
    for (const host of ['127.0.0.1', '::1']) {
      const stray = request(signIn, { query: `?code=${code}&state=${marker}` });
      assert.equal((await sendRaw(signIn.port, stray, { host })).status, 400);
      const literal = request(signIn, { host: [`Host: ${host.replace('::1', '[::1]')}:${signIn.port}`] });
      assert.equal((await sendRaw(signIn.port, literal, { host })).status, 421);
    }
    assert.equal(signIn.ended(), false);
    assert.equal((await sendRaw(signIn.port, request(signIn, {}), { host: '::1' })).status, 303);
    signIn.loopback.close();
    for (const host of ['127.0.0.1', '::1']) {
      assert.equal(await refusal(signIn.port, host), 'ECONNREFUSED');
    }
  });

  scenario('under localhost is not used while a stranger has one family', async (t) => {
    for (const host of ['127.0.0.1', '::1']) {
      const taken = await occupied(t, host);
      await assert.rejects(waiting({ host: 'localhost', ports: [taken] }), { code: 'port-busy' });
      const free = await freePort();
      assert.equal((await waitingFor(t, { host: 'localhost', ports: [taken, free] })).port, free);
    }
  });
});

suite('connections that take up room', () => {
  scenario('L73 a header that never ends is cut', async (t) => {
    const signIn = await signInFor(t);
    const socket = connect(signIn.port, '127.0.0.1');
    const end = received(socket);
    socket.write(`GET /callback?${good} HTTP/1.1\r\nHost: ${signIn.authority}\r\n`);
    const drip = setInterval(() => socket.write('X'), 200);
    const began = Date.now();
    await Promise.race([end, delay(15_000, undefined, { ref: false })]);
    clearInterval(drip);
    assert.ok(Date.now() - began < 10_000);
    assert.equal(signIn.ended(), false);
  });

  scenario('L74 one that says nothing is closed', async (t) => {
    const signIn = await signInFor(t);
    const began = Date.now();
    await Promise.race([
      received(connect(signIn.port, '127.0.0.1')),
      delay(20_000, undefined, { ref: false }),
    ]);
    assert.ok(Date.now() - began < 15_000);
  });

  scenario('L75 L76 of a hundred no more than 32 are held, and then there is room again', async (t) => {
    const signIn = await signInFor(t);
    let open = 0;
    const ends = Array.from({ length: 100 }, async () => {
      const socket = connect(signIn.port, '127.0.0.1');
      const end = received(socket);
      await once(socket, 'connect');
      open += 1;
      await end;
      open -= 1;
    });
    await delay(1500);
    assert.ok(open > 0 && open <= 32, `${open} are open`);
    await Promise.all(ends);
    assert.equal((await sendRaw(signIn.port, request(signIn, {}))).status, 303);
  });
});

/** Why a connection to the port does not come about. */
async function refusal(port: number, host: string): Promise<string> {
  const socket = connect({ port, host });
  const [error] = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).catch((cause) => [
    cause,
  ]);
  socket.destroy();
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'connected';
}

async function occupy(port: number, host: string): Promise<Server> {
  const server = createServer().listen({ port, host, ipv6Only: true });
  await once(server, 'listening');
  return server;
}

/** A port that another program has for the length of the test. */
async function occupied(t: TestContext, host = '127.0.0.1'): Promise<number> {
  const server = await occupy(0, host);
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = await occupy(0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
