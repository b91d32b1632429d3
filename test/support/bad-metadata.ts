// Metadata that daypass must reject, for module tests and fault tests.
import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

export function json(body: unknown, headers: Record<string, string> = {}): RequestListener {
  return (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Issuers that metadata must not have, computed from the configured issuer. */
export const otherIssuers: [id: string, what: string, named: (issuer: string) => string][] = [
  ['I01', 'another host', () => 'https://evil.example'],
  ['I02', 'a trailing slash', (issuer) => `${issuer}/`],
  ['I02', 'capitals', (issuer) => issuer.replace('http', 'HTTP')],
  ['I02', 'another notation of the host', (issuer) => issuer.replace('127.0.0.1', '127.1')],
  ['I02', 'another notation of the port', (issuer) => issuer.replace(/:(\d+)$/, ':0$1')],
  ['I02', 'a path', (issuer) => `${issuer}/realms/x`],
  ['I02', 'a query', (issuer) => `${issuer}?`],
  ['I02', 'a blank', (issuer) => `${issuer} `],
  ['I02', 'control characters', (issuer) => `${issuer}\x1b[31m\r\n\u202e`],
];

/** Answers that are not metadata. */
export const noMetadata: [id: string, what: string, code: string, text: RegExp, from: RequestListener][] = [
  ['I06', '404', 'provider-failed', /answered 404/, (_, response) => response.writeHead(404).end('no')],
  ['I06', '500', 'provider-failed', /answered 500/, (_, response) => response.writeHead(500).end()],
  ['I06', '204', 'provider-failed', /answered 204/, (_, response) => response.writeHead(204).end()],
  ['I06', 'a captive portal', 'provider-failed', /not answer with JSON/, html],
  ['I06', 'an empty body', 'provider-failed', /not answer with JSON/, (_, response) => response.end()],
  ['I06', 'half of it', 'provider-failed', /not answer with JSON/, (_, response) => response.end('{"a":')],
  ['I06', 'a cut connection', 'provider-unreachable', /was cut/, (request) => request.socket.destroy()],
  ['I06', 'a cut body', 'provider-unreachable', /was cut/, cutBody],
  ['I07', 'an array', 'bad-discovery', /not that of an OIDC provider/, json([{ a: 1 }])],
  ['I07', 'null', 'bad-discovery', /not that of an OIDC provider/, json(null)],
  ['I07', 'a string', 'bad-discovery', /not that of an OIDC provider/, json('https://idp.example')],
  ['I07', 'an issuer that is a list', 'bad-discovery', /OIDC provider/, json({ issuer: ['x'] })],
];

/** Answers that are too large or do not end. The module tests wait `deadline` milliseconds. */
export const bombs: [what: string, reason: RegExp, deadline: number, from: RequestListener][] = [
  ['200 MB', /too large/, 20_000, (_, response) => pour(response, 200)],
  ['60 MiB in gzip', /too large/, 20_000, gzipBomb],
  ['a body that drips for ever', /not answer in time/, 1000, (_, response) => drip(response)],
  ['no answer at all', /not answer in time/, 1000, () => {}],
];

export const hostileEndpoints: [id: string, endpoint: string][] = [
  ['I09', 'javascript:alert(1)//idp.example'],
  ['I09', 'file:///etc/passwd'],
  ['I09', 'data:text/html,<script>'],
  ['I09', 'http://idp.example/authorize'],
  ['I09', 'ms-msdt:/id'],
  ['I09', '\\\\evil.example\\share'],
  ['I10', 'https://idp.example/$(touch$IFS)'],
  ['I10', 'https://idp.example/a;id'],
  ['I10', 'https://idp.example/a|calc'],
  ['I10', "https://idp.example/a'b"],
  ['I10', 'https://idp.example/a^b'],
  ['I11', 'https://user@idp.example/authorize'],
  ['I11', 'https://idp.example:443@evil.example/authorize'],
  ['I11', 'https://idp.example/authorize#fragment'],
  ['I11', 'https://idp.example/authorize#'],
  ['I12', 'https://idp.example/authorize?client_id=evil'],
  ['I12', 'https://idp.example/authorize?redirect%5Furi=https://evil.example'],
  ['I12', 'https://idp.example/authorize?a=b&scope=x'],
  ['I12', 'https://idp.example/authorize?state'],
];

export const pkceMethods: [methods: unknown, accepted: boolean][] = [
  [['S256'], true],
  [['plain', 'S256'], true],
  [undefined, true],
  [['plain'], false],
  [['s256'], false],
  [[], true],
  ['S256', true],
  [null, true],
];

function html(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Free Wi-Fi</title>');
}

function cutBody(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '5000' }).write('{"issuer":');
  setTimeout(() => response.destroy(), 50);
}

function pour(response: ServerResponse, megabytes: number): void {
  const chunk = Buffer.alloc(1_000_000, ' ');
  let left = megabytes;
  const more = (): void => {
    while (left-- > 0) if (!response.write(chunk)) return void response.once('drain', more);
    response.end();
  };
  more();
}

function gzipBomb(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(60 * 1024 * 1024, ' ')));
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 50);
  response.once('close', () => clearInterval(timer));
}
