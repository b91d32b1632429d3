import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlainUrl, isSafeEndpoint } from '../../src/oidc/endpoint-gate.ts';

const safe = [
  'https://idp.example/authorize',
  'https://idp.example',
  'https://idp.example:8443/authorize',
  'https://xn--mnchen-3ya.example/authorize',
  'https://[2001:db8::1]/authorize',
  'https://idp.example/realms/a%20b/~user/v2.0,x=y*z!/auth',
  'https://idp.example/authorize?tenant=a&p=B2C_1_signin&next=/x?y',
  'http://127.0.0.1:8080/authorize',
  'http://[::1]:8080/authorize',
  `https://idp.example/${'x'.repeat(2000)}`,
];

const unsafe: [endpoint: unknown, why: string][] = [
  [undefined, 'none'],
  [null, 'none'],
  [['https://idp.example'], 'a list'],
  [{ href: 'https://idp.example' }, 'an object'],
  ['', 'empty'],
  ['idp.example/authorize', 'no URL'],
  ['//idp.example/authorize', 'no URL'],
  ['javascript:alert(1)', 'a script'],
  ['JaVaScRiPt:alert(1)', 'a script'],
  ['java\nscript:alert(1)', 'a script'],
  ['data:text/html,x', 'data'],
  ['file:///etc/passwd', 'a file'],
  ['file://evil.example/share', 'a file'],
  ['ms-msdt:/id', 'a program'],
  ['vscode://x', 'a program'],
  ['ftp://idp.example/', 'another protocol'],
  ['ws://127.0.0.1/', 'another protocol'],
  ['http://idp.example/', 'no TLS'],
  ['http://localhost:8080/', 'a name that may lead elsewhere'],
  ['http://127.0.0.1.evil.example/', 'no TLS'],
  ['http://127.0.0.2/', 'another address'],
  ['http://0.0.0.0/', 'another address'],
  ['http://[::ffff:127.0.0.1]/', 'another address'],
  ['https://user@idp.example/', 'a user'],
  ['https://user:password@idp.example/', 'a password'],
  ['https://:password@idp.example/', 'a password'],
  ['https://idp.example/#x', 'a fragment'],
  ['https://idp.example/#', 'a fragment'],
  ['https://idp.example/$(id)', 'a shell'],
  ['https://idp.example/$HOME', 'a shell'],
  ['https://idp.example/a;id', 'a shell'],
  ['https://idp.example/a|id', 'a shell'],
  ['https://idp.example/(a)', 'a shell'],
  ["https://idp.example/'", 'a quote'],
  ['https://idp.example/a^b', 'cmd.exe'],
  ['https://idp.example/?a=$(id)', 'a shell'],
  ['https://idp.example/?a=b;c', 'a shell'],
  ['https://idp.example/?a=b|c', 'a shell'],
  ['https://idp.example/?a=`id`', 'a shell'],
  ['https://idp.example/?a={b}', 'a shell'],
  ['https://idp.example/?a=[b]', 'a shell'],
  ['https://idp.example/?a=b\\c', 'a backslash'],
  [`https://idp.example/${'x'.repeat(2048)}`, 'too long'],
  ...[
    ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
    ...['code_challenge', 'code_challenge_method', 'request', 'request_uri'],
  ].map((name): [string, string] => [`https://idp.example/?x=y&${name}=z`, 'a parameter of ours']),
  ['https://idp.example/?%73tate=x', 'a parameter of ours, encoded'],
  ['https://idp.example/?state', 'a parameter of ours, empty'],
];

for (const endpoint of safe) {
  test(`${endpoint.slice(0, 80)} may be used`, () => assert.equal(isSafeEndpoint(endpoint), true));
}

for (const [endpoint, why] of unsafe) {
  test(`${JSON.stringify(endpoint)?.slice(0, 80)} may not be used: ${why}`, () =>
    assert.equal(isSafeEndpoint(endpoint), false));
}

test('a URL passes only with characters that every program reads alike', () => {
  const passing = Array.from({ length: 0x17f }, (_, code) => String.fromCharCode(code)).filter((character) =>
    isPlainUrl(`https://idp.example/a?b=${character}`),
  );
  assert.equal(
    passing.join(''),
    '!%&*+,-./0123456789:=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~',
  );
});

test('a safe endpoint is plain after URL has normalised it', () => {
  for (const endpoint of [
    ...safe,
    'https://idp.example/`id`',
    'https://idp.example/a\nb',
    'https://münchen.example/',
  ]) {
    assert.ok(isSafeEndpoint(endpoint), endpoint);
    assert.ok(isPlainUrl(new URL(endpoint).href), endpoint);
  }
});

test('a whole URL may be long, up to a limit', () => {
  assert.equal(isPlainUrl(`https://idp.example/?${'x'.repeat(8000)}`), true);
  assert.equal(isPlainUrl(`https://idp.example/?${'x'.repeat(8192)}`), false);
});
