import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from '../../src/network/proxy.ts';
import { environmentOf } from '../../src/process/variables.ts';

const through = (host: string, variables: Record<string, string>, port = 443) =>
  proxyFor(host, port, environmentOf(Object.entries(variables)))?.url.host;
const proxy = { HTTPS_PROXY: 'http://proxy.corp:8080' };

test('the lower-case name wins where names have a case', {
  skip: process.platform === 'win32' && 'both names are the same variable',
}, () => {
  assert.equal(through('a.example', { ...proxy, https_proxy: 'http://other:1' }), 'other:1');
});

test('the scheme is optional, and a blank value counts as unset', () => {
  assert.equal(through('a.example', { https_proxy: 'proxy.corp:8080' }), 'proxy.corp:8080');
  assert.equal(through('a.example', { ALL_PROXY: 'http://proxy.corp:8080' }), 'proxy.corp:8080');
  assert.equal(through('a.example', { HTTPS_PROXY: ' ' }), undefined);
  // HTTP_PROXY is for http alone, and daypass uses http on loopback only.
  assert.equal(through('a.example', { HTTP_PROXY: 'http://proxy.corp:8080' }), undefined);
});

test('a connection to loopback never uses a proxy', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '[::1]', '::1', 'localhost', 'app.localhost'])
    assert.equal(through(host, proxy), undefined, host);
});

const rows: [noProxy: string, host: string, direct: boolean, port?: number][] = [
  ['example.com', 'example.com', true],
  ['example.com', 'login.example.com', true],
  ['example.com', 'badexample.com', false],
  ['.example.com', 'login.example.com', true],
  ['*.example.com', 'login.example.com', true],
  ['*.example.com', 'example.org', false],
  ['LOGIN.example.com', 'login.example.com', true],
  ['a.test, example.com', 'example.com', true],
  ['a.test example.com', 'example.com', true],
  ['example.com:8443', 'example.com', false],
  ['example.com:8443', 'example.com', true, 8443],
  ['*', 'anything.at.all', true],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.0.0.0/99', '10.1.2.3', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['1.2.3', '10.1.2.3', false],
  ['2001:db8::/32', '[2001:db8::5]', true],
  ['2001:db8::5', '[2001:db8::5]', true],
  ['[2001:db8::5]:443', '[2001:db8::5]', true],
  ['', 'example.com', false],
  [',,', 'example.com', false],
];
for (const [noProxy, host, direct, port = 443] of rows) {
  test(`NO_PROXY=${noProxy}: ${host}:${port} ${direct ? 'is connected to directly' : 'needs the proxy'}`, () => {
    assert.equal(through(host, { ...proxy, NO_PROXY: noProxy }, port) === undefined, direct);
  });
}
