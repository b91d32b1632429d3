// The hostile requests of docs/threats.md ("Requests at the endpoint of exec --server"). Each differs from the request
// of a client in one thing, and has the token unless it is about the token.
import assert from 'node:assert/strict';
import { executableUnderTest } from './executable-under-test.ts';
import { type RawAnswer, sendRaw } from './raw-http.ts';

/** The endpoint, as its command knows it. */
export interface Endpoint {
  port: number;
  /** `127.0.0.1:PORT` */
  authority: string;
  path: string;
  token: string;
}

/** Reads the two variables of a command. */
export function endpointOf(uri: string, token: string): Endpoint {
  const { port, host: authority, pathname: path } = new URL(uri);
  return { port: Number(port), authority, path, token };
}

interface Change {
  line?: string;
  method?: string;
  path?: string;
  version?: string;
  host?: string[];
  authorization?: string[];
  headers?: string[];
  body?: string;
}

/** Returns the request of a client, with changes. */
export function request(endpoint: Endpoint, change: Change = {}): string {
  const { method = 'GET', path = endpoint.path, version = 'HTTP/1.1', body = '' } = change;
  const line = change.line ?? `${method} ${path} ${version}`;
  const host = change.host ?? [endpoint.authority];
  const authorization = change.authorization ?? [endpoint.token];
  const lines = [
    line,
    ...host.map((value) => `Host: ${value}`),
    ...authorization.map((value) => `Authorization: ${value}`),
    ...(change.headers ?? []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A `bare` answer has no body, since it comes before the request is known. */
export type Row = [
  id: string,
  what: string,
  answer: string,
  change: Change | ((endpoint: Endpoint) => Change | Buffer),
];

const page = 'https://evil.example';
const form = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 3'];
const upgrade = (protocol: string) => ['Connection: Upgrade', `Upgrade: ${protocol}`];

export const hostileRequests: Row[] = [
  ['WA01', 'DNS rebinding', '421', ({ port }) => ({ host: [`evil.example:${port}`] })],
  ['WA01', 'localhost', '421', ({ port }) => ({ host: [`localhost:${port}`] })],
  ['WA01', 'a Host without a port', '421', { host: ['127.0.0.1'] }],
  ['WA01', "another port's Host", '421', { host: ['127.0.0.1:1'] }],
  [
    'WA01',
    'a Host that begins with ours',
    '421',
    ({ authority }) => ({ host: [`${authority}.evil.example`] }),
  ],
  ['WA01', 'a decimal Host', '421', ({ port }) => ({ host: [`2130706433:${port}`] })],
  ['WA01', 'no Host', 'bare 400', { host: [] }],
  ['WA01', 'no Host in HTTP/1.0', '421', { host: [], version: 'HTTP/1.0' }],
  ['WA01', 'two Hosts, ours first', '421', ({ authority }) => ({ host: [authority, 'evil.example'] })],
  ['WA01', 'two Hosts, ours last', '421', ({ authority }) => ({ host: ['evil.example', authority] })],
  [
    'WA01',
    'X-Forwarded-Host in place of ours',
    '421',
    ({ authority }) => ({ host: ['evil.example'], headers: [`X-Forwarded-Host: ${authority}`] }),
  ],
  ['WA02', 'an absolute target', '404', (to) => ({ line: `GET http://${to.authority}${to.path} HTTP/1.1` })],
  ['WA02', '/', '404', { path: '/' }],
  ['WA02', 'a trailing slash', '404', ({ path }) => ({ path: `${path}/` })],
  ['WA02', 'a query', '404', ({ path }) => ({ path: `${path}?` })],
  ['WA02', 'a double slash', '404', ({ path }) => ({ path: `/${path}` })],
  ['WA02', 'a dot segment', '404', ({ path }) => ({ path: `/x/..${path}` })],
  ['WA02', 'an encoded letter', '404', { path: '/%63redentials' }],
  ['WA02', 'a path traversal', '404', { path: '/../../etc/passwd' }],
  [
    'WA02',
    'the path of the metadata service',
    '404',
    { path: '/latest/meta-data/iam/security-credentials/' },
  ],
  ['WA02', 'an asterisk', executableUnderTest ? 'bare 400' : '404', { method: 'OPTIONS', path: '*' }],
  [
    'WA03',
    'a form from a page',
    '405',
    { method: 'POST', headers: [...form, `Origin: ${page}`], body: 'a=b' },
  ],
  ['WA03', 'POST', '405', { method: 'POST', headers: ['Content-Length: 0'] }],
  ['WA03', 'PUT', '405', { method: 'PUT', headers: ['Content-Length: 0'] }],
  ['WA03', 'DELETE', '405', { method: 'DELETE' }],
  ['WA03', 'HEAD', '405', { method: 'HEAD' }],
  ['WA03', 'TRACE', '405', { method: 'TRACE' }],
  [
    'WA03',
    'a preflight for the token',
    '405',
    {
      method: 'OPTIONS',
      authorization: [],
      headers: [
        `Origin: ${page}`,
        'Access-Control-Request-Method: GET',
        'Access-Control-Request-Headers: authorization',
        'Access-Control-Request-Private-Network: true',
      ],
    },
  ],
  ['WA04', 'a body', '413', { headers: ['Content-Length: 3'], body: 'a=b' }],
  ['WA04', 'a chunked body', '413', { headers: ['Transfer-Encoding: chunked'], body: '0\r\n\r\n' }],
  ['WA05', 'an Origin', '403', { headers: [`Origin: ${page}`] }],
  ['WA05', 'the Origin null', '403', { headers: ['Origin: null'] }],
  ['WA05', 'our own Origin', '403', ({ authority }) => ({ headers: [`Origin: http://${authority}`] })],
  [
    'WA05',
    'a script that another site loads',
    '403',
    { headers: ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: script'] },
  ],
  [
    'WA05',
    'a person who types the address',
    '403',
    { headers: ['Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'] },
  ],
  ['WA06', 'no token', '401', { authorization: [] }],
  ['WA06', 'an empty token', '401', { authorization: [''] }],
  ['WA06', 'a guess', '401', { authorization: ['A'.repeat(43)] }],
  ['WA06', 'the token without its end', '401', ({ token }) => ({ authorization: [token.slice(0, -1)] })],
  ['WA06', 'the token and more', '401', ({ token }) => ({ authorization: [`${token}A`] })],
  ['WA06', 'another case', '401', ({ token }) => ({ authorization: [token.toLowerCase()] })],
  ['WA06', 'a Bearer token', '401', ({ token }) => ({ authorization: [`Bearer ${token}`] })],
  [
    'WA06',
    'Basic',
    '401',
    ({ token }) => ({ authorization: [`Basic ${Buffer.from(`:${token}`).toString('base64')}`] }),
  ],
  ['WA06', 'the token behind a guess', '401', ({ token }) => ({ authorization: ['A', token] })],
  ['WA06', 'the token before a guess', '401', ({ token }) => ({ authorization: [token, 'A'] })],
  ['WA06', 'two in one header', '401', ({ token }) => ({ authorization: [`A, ${token}`] })],
  ['WA06', 'a token of 10 KiB', '401', { authorization: ['A'.repeat(10_240)] }],
  ['WA06', 'a token of 20 KiB', 'bare 400', { authorization: ['A'.repeat(20_480)] }],
  [
    'WA06',
    'the token in a cookie',
    '401',
    ({ token }) => ({ authorization: [], headers: [`Cookie: t=${token}`] }),
  ],
  [
    'WA06',
    'the header of the metadata service',
    '401',
    ({ token }) => ({ authorization: [], headers: [`X-aws-ec2-metadata-token: ${token}`] }),
  ],
  ['WA07', 'a WebSocket', 'bare 400', { headers: upgrade('websocket') }],
  ['WA07', 'h2c', 'bare 400', { headers: [...upgrade('h2c'), 'HTTP2-Settings: AAMAAABk'] }],
  ['WA07', 'CONNECT', 'bare 400', ({ authority }) => ({ line: `CONNECT ${authority} HTTP/1.1` })],
  ['WA07', 'the HTTP/2 preface', 'bare 400', () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  [
    'WA07',
    'a TLS ClientHello',
    'bare 400',
    () => Buffer.from('160301020001000001fc0303'.padEnd(200, 'ab'), 'hex'),
  ],
  ['WA07', 'garbage', 'bare 400', () => Buffer.from('\x00\xff zq7\r\n\r\n', 'latin1')],
  ['WA07', 'Expect', 'bare 417', { headers: ['Expect: 100-continue'] }],
  [
    'WA08',
    'Content-Length and Transfer-Encoding',
    'bare 400',
    { headers: ['Content-Length: 5', 'Transfer-Encoding: chunked'], body: '0\r\n\r\n' },
  ],
  [
    'WA08',
    'two Content-Lengths',
    'bare 400',
    { headers: ['Content-Length: 0', 'Content-Length: 3'], body: 'a=b' },
  ],
  [
    'WA08',
    'a bare LF between headers',
    'bare 400',
    ({ token }) => ({ authorization: [], headers: [`X: 1\nAuthorization: ${token}`] }),
  ],
  ['WA08', 'a folded header', 'bare 400', ({ token }) => ({ authorization: [`\r\n ${token}`] })],
  [
    'WA08',
    'a space before the colon',
    'bare 400',
    ({ token }) => ({ authorization: [], headers: [`Authorization : ${token}`] }),
  ],
];

/** Asserts what every answer has and has not. */
export function assertClosed({ raw, headers, body }: RawAnswer, { token }: Endpoint): void {
  assert.equal(headers.connection, 'close', raw);
  for (const name of Object.keys(headers))
    assert.doesNotMatch(name, /^(access-control-|server|x-powered-by|etag)/);
  assert.ok(!raw.includes(token), 'the answer has the token');
  if (body.startsWith('{')) {
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['content-type'], 'application/json');
  }
}

/** Sends a request of the table, and asserts that its answer holds no credentials. */
export async function refused(endpoint: Endpoint, [, , expected, change]: Row): Promise<RawAnswer> {
  const changed = typeof change === 'function' ? change(endpoint) : change;
  const answer = await sendRaw(
    endpoint.port,
    Buffer.isBuffer(changed) ? changed : request(endpoint, changed),
  );
  const [status, bare] = expected.split(' ').reverse();
  assert.equal(answer.status, Number(status), answer.raw);
  assertClosed(answer, endpoint);
  assert.doesNotMatch(answer.raw, /SecretAccessKey/);
  // Node marks the end of an empty body.
  if (bare) assert.equal(answer.body.replaceAll(/[0\r\n]/g, ''), '');
  else if (!answer.raw.startsWith('HTTP/1.1 405')) assert.equal(JSON.parse(answer.body).Code, 'refused');
  if (status === '405') assert.equal(answer.headers.allow, 'GET');
  return answer;
}

/** Asks as a client does, and asserts that it gets credentials. Returns them. */
export async function served(endpoint: Endpoint): Promise<Record<string, string>> {
  const answer = await sendRaw(endpoint.port, request(endpoint));
  assert.equal(answer.status, 200, answer.raw);
  assertClosed(answer, endpoint);
  return JSON.parse(answer.body);
}
