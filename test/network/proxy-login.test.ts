// daypass reads a proxy's login as botocore does (/usr/bin/python3, runAws), and as curl where both differ.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ignoredProxies, proxyFor } from '../../src/network/proxy.ts';

const botocore = `
import json, sys
from awscli.botocore.httpsession import ProxyConfiguration
def header(url):
    try:
        return ProxyConfiguration(proxies={"https": url}).proxy_headers_for(url).get("Proxy-Authorization", "")
    except Exception:
        return None
json.dump([header(url) for url in json.load(sys.stdin)], sys.stdout)`;

/** The login in the address and, where botocore fails or differs, the one that curl 7.88 sends. */
const logins: [login: string, curl?: string | Buffer][] = [
  ['u:p'],
  ['u:p@x'],
  ['u:p%40x'],
  ['u:50%'],
  ['u:%zz'],
  ['u:%25'],
  ['u:%2'],
  ['u%3Ax:y'],
  ['u:p:q'],
  ['u:p+q'],
  ['u:a b'],
  ['u:^|{}"<>`'],
  ["u:!$&'()*,;=~"],
  ['CORP\\ada:p\\w'],
  [':'],
  [''],
  ['u', 'u:'],
  ['u:', 'u:'],
  [':pw', ':pw'],
  ['u:[x]', 'u:[x]'],
  ['u:\u00e9', 'u:\u00e9'],
  ['u:%C3%A9', 'u:\u00e9'],
  ['u:%E9', Buffer.from('u:\u00e9', 'latin1')],
];

test("daypass reads a proxy's user and password as botocore and curl do", () => {
  const urls = logins.map(([login]) => `http://${login}@proxy.corp:8080`);
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', botocore], {
    input: JSON.stringify(urls),
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
    encoding: 'utf8',
  });
  const theirs: (string | null)[] = JSON.parse(stdout || assert.fail(stderr));
  for (const [index, [login, curl]] of logins.entries()) {
    const HTTPS_PROXY = urls[index] ?? '';
    const { url, authorization = '' } = proxyFor('a.example', 443, { HTTPS_PROXY }) ?? assert.fail(login);
    assert.equal(url.href, 'http://proxy.corp:8080/', login);
    const expected = curl === undefined ? theirs[index] : `Basic ${Buffer.from(curl).toString('base64')}`;
    assert.equal(authorization, expected, login);
    if (curl !== undefined) assert.notEqual(theirs[index], expected, `${login} needs no value of its own`);
  }
});

for (const scheme of ['socks', 'socks4', 'socks4a', 'socks5', 'SOCKS5H', 'quic'])
  test(`ALL_PROXY=${scheme}:// is ignored in either case, and HTTPS_PROXY is strict`, () => {
    const value = `${scheme}://127.0.0.1:7890/`;
    for (const name of ['all_proxy', 'ALL_PROXY']) {
      assert.equal(proxyFor('a.example', 443, { [name]: value }), undefined);
      assert.deepEqual(ignoredProxies({ [name]: value }), [{ name, value }]);
      const env = { [name]: value, HTTPS_PROXY: 'proxy.corp:8080' };
      assert.equal(proxyFor('a.example', 443, env)?.url.host, 'proxy.corp:8080');
    }
    const env = { all_proxy: value, ALL_PROXY: 'http://proxy.corp:8080' };
    assert.equal(proxyFor('a.example', 443, env)?.url.host, 'proxy.corp:8080');
    for (const name of ['https_proxy', 'HTTPS_PROXY'])
      assert.throws(() => proxyFor('a.example', 443, { [name]: value }), { code: 'bad-configuration' });
  });

test('a value that is no address is refused, and not shown', () => {
  for (const value of [
    'http://',
    'http://u:secret@',
    'http://u:sec/ret@proxy:80',
    'u:secret@proxy:port',
    'a\\b:1',
    '://x',
  ])
    for (const name of ['https_proxy', 'ALL_PROXY'])
      assert.throws(
        () => proxyFor('a.example', 443, { [name]: value }),
        (error: Error) => !/sec/.test(JSON.stringify(error) + error.message),
        `${name}=${value}`,
      );
});
