// The hostile requests of docs/threats.md ("Requests at the listener"). The sign-in link has a path of its
// own, the callback requires the cookie and answers 303 to /done, and form_post is not supported.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { executableUnderTest } from './executable-under-test.ts';
import { type RawAnswer, sendRaw } from './raw-http.ts';

/** The address and the values of a waiting sign-in. */
export interface Target {
  port: number;
  authority: string;
  startPath: string;
  state: string;
  /** The cookie of the browser that opened the link. */
  cookie: string;
}

/** A text in every hostile request. An answer that has it reflects the request. */
export const marker = 'zq7marker';
export const code = `${marker}-code`;
/** A placeholder with the length of a state, which `request` replaces with the state. */
export const anyState = 'S'.repeat(43);
const good = `code=${code}&state=${anyState}`;

/** Returns the request that would complete the sign-in, with changes. */
export function request(
  { authority, cookie: bound, state }: Target,
  {
    line = '',
    method = 'GET',
    path = '/callback',
    query = `?${good}`,
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
  const text = `${[first, ...host, `X-Marker: ${marker}`, ...cookies, ...headers].join('\r\n')}\r\n\r\n${body}`;
  return text.replaceAll(anyState, state);
}

/** The headers by which a browser says that a tab navigates. */
export const navigation = ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];

export type Change = Parameters<typeof request>[1];
/** A `bare` answer has no page, because it comes before one can be rendered. `any` allows both. */
export type Row = [
  id: string,
  what: string,
  answer: string,
  change: Change | ((target: Target) => Change | Buffer),
];

const post = (type: string, body: string): Change => ({
  method: 'POST',
  query: '',
  headers: [`Content-Type: ${type}`, `Content-Length: ${body.length}`],
  body,
});
const form = 'application/x-www-form-urlencoded';
export const hostileRequests: Row[] = [
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
    'L11',
    'X-Forwarded-Host beside ours',
    '404',
    { path: '/nowhere', headers: ['X-Forwarded-Host: evil.example', 'X-Original-URL: /callback'] },
  ],
  [
    'L12',
    'an absolute target',
    '400',
    ({ authority }) => ({ line: `GET http://${authority}/callback?${good} HTTP/1.1` }),
  ],
  [
    'L13',
    'an asterisk as target',
    executableUnderTest ? 'bare 400' : '400',
    { method: 'OPTIONS', path: '*', query: '' },
  ],
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
  ['L48', 'half a state', '400', ({ state }) => ({ query: `?code=${code}&state=${state.slice(0, 20)}` })],
  ['L48', 'more than the state', '400', { query: `?code=${code}&state=${anyState}S` }],
  ['L49', 'an empty state', '400', { query: `?code=${code}&state=` }],
  ['L50', 'two states', '400', { query: `?code=${code}&state=${anyState}&state=${marker}` }],
  ['L50', 'the state twice', '400', { query: `?${good}&state=${anyState}` }],
  ['L51', 'a state in array syntax', '400', { query: `?code=${code}&state[]=${anyState}` }],
  ['L52', 'two codes', '400', { query: `?${good}&code=${marker}` }],
  ['L53', 'no code', '400', { query: `?state=${anyState}` }],
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
  ['L59', '__proto__', '400', { query: `?code=${code}&__proto__[state]=${anyState}&__proto__=${marker}` }],
  [
    'L60',
    '1,000 parameters',
    '400',
    { query: `?${good}&${Array.from({ length: 1000 }, (_, index) => `p${index}=`).join('&')}` },
  ],
  ['L61', 'a target of 9 KiB', '400', { query: `?${good}&x=${'x'.repeat(9216)}` }],
  ['L62', 'headers of 20 KiB', '431', { headers: [`X-Long: ${'x'.repeat(20_480)}`] }],
  [
    'L63',
    '200 headers and a wrong state',
    // Some releases of Node refuse by themselves what others shorten to the allowed number.
    executableUnderTest ? 'any 431' : 'any 400',
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
  ['L103', 'a callback as JSON', '413', post('application/json', JSON.stringify({ code, state: anyState }))],
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
  ['cookie', 'an error without the cookie', '403', { cookie: '', query: `?error=x&state=${anyState}` }],
  ['cookie', '/done before the callback', '404', { path: '/done', query: '' }],
  ['cookie', "another sign-in's link", '404', { path: `/start/${'A'.repeat(22)}`, query: '' }],
  ['token', 'an access token in the callback', '400', { query: `?${good}&access_token=${marker}` }],
  ['token', 'an ID token in the callback', '400', { query: `?${good}&id_token=${marker}` }],
  ['token', 'a JARM response in the callback', '400', { query: `?${good}&response=${marker}` }],
];

// The one script of the pages: it copies a command.
const copyScript = readFileSync(new URL('../../views/copy.js', import.meta.url), 'utf8').trim();
const copyHash = `sha256-${createHash('sha256').update(copyScript).digest('base64')}`;

export const exactHeaders = (styleHash: string) => ({
  'content-security-policy': `default-src 'none'; style-src '${styleHash}'; script-src '${copyHash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'interest-cohort=()',
  connection: 'close',
});
export const absentHeaders =
  /^(access-control-.*|server|x-powered-by|etag|refresh|strict-transport-security|set-cookie)$/;

/** Asserts the headers that every page must have and must not have (L32, L83 to L92). */
export function assertPage(
  { headers, body }: RawAnswer,
  styleHash: string,
  type = 'text/html; charset=utf-8',
): void {
  for (const [name, value] of Object.entries(exactHeaders(styleHash)))
    assert.equal(headers[name], value, name);
  assert.equal(headers['content-type'], type);
  // The headers of the result come before its page, whose end is the end of the connection.
  const isResult = /<h1>(<bdi>)?(Signed in|Sign-in was)/.test(body);
  if (isResult) assert.equal(headers['transfer-encoding'], undefined);
  else if (body) assert.equal(headers['content-length'], String(Buffer.byteLength(body)));
  for (const name of Object.keys(headers)) assert.doesNotMatch(name, absentHeaders);
}

export function assertNothingReflected({ raw }: RawAnswer, { cookie, state }: Target): void {
  const rest = raw.replace(`<script>${copyScript}</script>`, '');
  for (const secret of [marker, state, cookie, '<script']) {
    if (secret) assert.ok(!rest.includes(secret), `the answer has ${secret}`);
  }
}

/** Sends a request of the table and asserts its answer. */
export async function refused(
  target: Target,
  styleHash: string,
  [, , expected, change]: Row,
): Promise<RawAnswer> {
  const changed = typeof change === 'function' ? change(target) : change;
  const answer = await sendRaw(target.port, Buffer.isBuffer(changed) ? changed : request(target, changed));
  const [status, kind] = expected.split(' ').reverse();
  assert.equal(answer.status, Number(status), answer.raw);
  if (kind === 'bare' || (kind === 'any' && answer.body === '')) {
    assert.equal(answer.body.replaceAll(/[0\r\n]/g, ''), '');
    assert.equal(answer.headers.connection, 'close');
  } else assertPage(answer, styleHash);
  assertNothingReflected(answer, target);
  return answer;
}

/** Returns the error code of a refused connection to the port. */
export async function refusal(port: number, host = '127.0.0.1'): Promise<string> {
  const socket = connect({ port, host });
  const [error] = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).catch((cause) => [
    cause,
  ]);
  socket.destroy();
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'connected';
}

/** Listens on a port, as another program. */
export async function occupy(port: number, host: string): Promise<Server> {
  const server = createServer().listen({ port, host, ipv6Only: true });
  await once(server, 'listening');
  return server;
}
