// A company network: every connection needs its proxy, and every server has a certificate of its own authority.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findSecrets } from '../support/canary.ts';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { signInWithPage, startChromium } from '../support/chromium.ts';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts';
import { type IdentityProvider, signingKey, startIdentityProvider } from '../support/identity-provider.ts';
import { startKeyring } from '../support/keyring.ts';
import { later } from '../support/other-clock.ts';
import type { RunResult } from '../support/sandbox.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { startTlsFront } from '../support/tls-front.ts';

const issuer = 'https://login.example.test';
const fips = 'sts-fips.us-east-1.amazonaws.com';
const password = 'pa:ss@word/%';

let authority: Authority;
let stage: Stage;
let front: Awaited<ReturnType<typeof startTlsFront>>;
let browser: Browser;
let keys: IdentityProvider;
let names: Record<string, number>;
const proxies: ConnectProxy[] = [];

before(async () => {
  authority = createAuthority();
  const certificate = authority.issue(`DNS:login.example.test,DNS:sts.example.test,DNS:${fips}`);
  const signingKeys = [await signingKey()];
  const provider = await startIdentityProvider({ https: { issuer, certificate }, signingKeys });
  // STS does not fetch the keys through the proxy.
  keys = await startIdentityProvider({ signingKeys });
  stage = await setStage(provider, await startKeyring(), {
    daypass_sts_endpoint: 'https://sts.example.test',
    daypass_log: '~/daypass.log',
  });
  Object.assign(stage.trust[0] ?? {}, { jwksUri: keys.jwksUri });
  front = await startTlsFront(certificate, Number(new URL(stage.sts.url).port));
  names = {
    'login.example.test:443': provider.port,
    'sts.example.test:443': front.port,
    [`${fips}:443`]: front.port,
  };
  browser = await startChromium([
    `--host-resolver-rules=MAP login.example.test:443 127.0.0.1:${provider.port}`,
    '--ignore-certificate-errors',
  ]);
});
after(async () => {
  await browser?.close();
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await front?.stop();
  await stage?.close();
  await keys?.stop();
  authority?.remove();
});

async function openProxy(
  ...options: Parameters<typeof startConnectProxy> extends [unknown, ...infer Rest] ? Rest : never
) {
  const proxy = await startConnectProxy(names, ...options);
  proxies.push(proxy);
  return proxy;
}

/** Signs in, refreshes and logs out, and asserts that every request went through this proxy. */
async function lives(env: Record<string, string>, proxy: ConnectProxy, sts = 'sts.example.test') {
  Object.assign(stage.sandbox.env, env);
  try {
    const running = stage.sandbox.start(['--profile', 'developer']);
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await signInWithPage(page, await stage.launcher.nextLink());
    const results = [await running.exit];
    results.push(await stage.daypass([], later('+2h')));
    results.push(await stage.daypass(['status', '--verify'], later('+2h')));
    results.push(await stage.daypass(['logout']));
    for (const { code, stderr } of results) assert.deepEqual([code, stderr], [0, '']);
    // Sign-in and refresh: discovery, keys, token, STS. Logout: discovery, revocation.
    assert.ok(proxy.asked.length >= 8, proxy.asked.join());
    assert.deepEqual([...new Set(proxy.asked)].sort(), ['login.example.test:443', `${sts}:443`]);
    noPassword(results);
  } finally {
    for (const name of Object.keys(env)) delete stage.sandbox.env[name];
  }
}

function noPassword(results: RunResult[]): void {
  const log = readFileSync(join(stage.sandbox.home, 'daypass.log'), 'utf8');
  const outputs = results.flatMap(({ stdout, stderr }) => [stdout, stderr]);
  const places = Object.fromEntries([log, ...outputs].map((text, index) => [index, text]));
  const encoded = encodeURIComponent(password);
  assert.deepEqual(
    findSecrets(places, [password, encoded, Buffer.from(`ada:${password}`).toString('base64')]),
    [],
  );
}

suite('a company network', () => {
  test('HTTPS_PROXY and AWS_CA_BUNDLE: sign-in, refresh and logout go through the proxy', async () => {
    const proxy = await openProxy();
    await lives({ HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: authority.file }, proxy);
  });

  test('a relative ca_bundle and a FIPS endpoint of the profile apply to every process and command', async (t) => {
    const { home } = stage.sandbox;
    copyFileSync(authority.file, join(home, 'company.pem'));
    const keys = { daypass_sts_endpoint: '', use_fips_endpoint: 'true', ca_bundle: 'company.pem' };
    stage.sandbox.writeConfig(stage.config(keys).replace('eu-west-1', 'us-east-1'));
    t.after(() => stage.sandbox.writeConfig(stage.config()));
    const proxy = await openProxy();
    await lives({ HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: '' }, proxy, fips);
    const { stdout } = await stage.daypass(['doctor', '--json'], { HTTPS_PROXY: proxy.url });
    const checks: { code: string; state: string; finding: string }[] = JSON.parse(stdout).checks;
    const told = (code: string) =>
      checks.filter((check) => check.code === code).map(({ finding }) => finding);
    assert.deepEqual(told('sts'), [`https://${fips} answers`]);
    assert.match(
      told('endpoint-overrides').join(),
      /^use_fips_endpoint \(~\/\.aws\/config:\d+\) set: daypass asks https:\/\/sts-fips/,
    );
    assert.match(told('ca-bundle').join(), /company\.pem, which ca_bundle \(~\/\.aws\/config:\d+\) names$/);
    // The working directory is the caller's: elsewhere there is no such file.
    const { code, stderr } = await stage.sandbox.run(['login', '--profile', 'developer'], { cwd: '/' });
    assert.equal(code, 65);
    assert.match(
      stderr,
      /^daypass: bad-configuration: ca_bundle \(~\/\.aws\/config:\d+\) \/company\.pem: ENOENT/,
    );
  });

  test('https_proxy with a user and a password, and NODE_EXTRA_CA_CERTS', async () => {
    const proxy = await openProxy({ user: `ada:${password}` });
    const url = proxy.url.replace('//', `//ada:${encodeURIComponent(password)}@`);
    await lives(
      { https_proxy: url, HTTPS_PROXY: 'http://127.0.0.1:1', NODE_EXTRA_CA_CERTS: authority.file },
      proxy,
    );
  });

  test('a user and a password as they are, beside ALL_PROXY for SOCKS', async () => {
    const login = 'CORP\\ada:50%@x';
    const proxy = await openProxy({ user: login });
    const others = { ALL_PROXY: 'socks5h://127.0.0.1:1', all_proxy: 'socks://127.0.0.1:1' };
    const HTTPS_PROXY = proxy.url.replace('//', `//${login}@`);
    await lives({ ...others, HTTPS_PROXY, AWS_CA_BUNDLE: authority.file }, proxy);
    const alone = await stage.daypass(['login'], { ...others, AWS_CA_BUNDLE: authority.file });
    assert.equal(alone.code, 69);
    assert.match(alone.stderr, /login\.example\.test: its name (has no address|cannot be looked up now)/);
  });

  test('a proxy that is itself reached by TLS, of the same authority', async () => {
    const proxy = await openProxy({ certificate: authority.issue('DNS:localhost') });
    await lives(
      { ALL_PROXY: proxy.url, AWS_CA_BUNDLE: authority.file, NO_PROXY: 'example.com,10.0.0.0/8' },
      proxy,
    );
  });

  const failing: [what: string, answer: ConnectProxy['answer'], code: number, text: RegExp][] = [
    [
      'wants a password',
      407,
      69,
      /proxy-unusable: the proxy 127\.0\.0\.1:\d+ requires a user and a password \(407\)\nhint: set HTTPS_PROXY to http:\/\/user:password@/,
    ],
    [
      'lets nothing through',
      403,
      69,
      /proxy-unusable: the proxy 127\.0\.0\.1:\d+ does not allow this connection \(403\)/,
    ],
    ['does not answer', 'hang', 69, /login\.example\.test: it did not answer in time/],
  ];
  for (const [what, answer, code, text] of failing) {
    test(`a proxy that ${what}`, async () => {
      const proxy = await openProxy();
      proxy.answer = answer;
      const url = proxy.url.replace('//', `//ada:${encodeURIComponent(password)}@`);
      const failed = await stage.daypass(['login'], { HTTPS_PROXY: url, AWS_CA_BUNDLE: authority.file });
      assert.equal(failed.code, code);
      assert.match(failed.stderr, text);
      noPassword([failed]);
    });
  }

  test('no proxy listens at the address, or the address is not that of an HTTP proxy', async () => {
    const rows: [string, number, RegExp][] = [
      ['http://ada:hush@127.0.0.1:1', 69, /the proxy 127\.0\.0\.1:1 cannot be used \(ECONNREFUSED\)/],
      [
        'socks5://ada:hush@127.0.0.1:1080',
        65,
        /HTTPS_PROXY is not the address of an HTTP proxy\nhint: .*socks5: proxies are not supported/,
      ],
      ['http://', 65, /HTTPS_PROXY is not the address of an HTTP proxy/],
    ];
    for (const [value, code, text] of rows) {
      const failed = await stage.daypass(['login'], { HTTPS_PROXY: value });
      assert.equal(failed.code, code, failed.stderr);
      assert.match(failed.stderr, text);
      assert.doesNotMatch(failed.stderr, /hush/);
    }
  });

  test('a host in NO_PROXY is connected to directly', async () => {
    const proxy = await openProxy();
    const { code, stderr } = await stage.daypass(['login'], {
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '.example.test',
    });
    assert.equal(code, 69);
    assert.match(stderr, /login\.example\.test: its name (has no address|cannot be looked up now)/);
    assert.deepEqual(proxy.asked, []);
  });
});
