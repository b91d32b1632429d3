// Provider, STS, clock, TLS and proxy, each broken in turn.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createAuthority } from '../support/certificates.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { examined, finds, found, line } from '../support/doctor-stage.ts';

/** Answers as this says until the test ends. */
async function answering(
  t: { after(action: () => void): void },
  handler: Parameters<typeof createServer>[1],
): Promise<string> {
  const server: Server = createServer({}, handler).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a provider or STS that cannot be reached, or is none, is an error', async (t) => {
  const dead = 'http://127.0.0.1:9';
  assert.equal(await finds({ keys: { daypass_issuer: dead } }, 'provider', 'error', /cannot reach/, /./), 69);
  assert.equal(
    await finds({ keys: { daypass_sts_endpoint: dead } }, 'sts', 'error', /cannot reach/, /./),
    69,
  );
  const portal = await answering(t, (_request, response) =>
    response.end('<html>Welcome to the hotel</html>'),
  );
  await finds({ keys: { daypass_issuer: portal } }, 'provider', 'error', /did not answer with JSON/, /./);
});

test('missing features of the provider are notes, and a missing device-code endpoint an error', async (t) => {
  const metadata: Record<string, unknown> = {};
  const issuer = await answering(t, (_request, response) => response.end(JSON.stringify(metadata)));
  Object.assign(metadata, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  });
  const keys = { daypass_issuer: issuer };
  const { code, checks } = await examined({ keys });
  assert.equal(code, 0);
  assert.equal(found(checks, 'pkce')[0]?.state, 'note');
  assert.equal(found(checks, 'revocation')[0]?.state, 'note');
  const device = { ...keys, daypass_device_code: 'true' };
  assert.equal(
    await finds({ keys: device }, 'device-code', 'error', /no device-code/, /daypass_device_code = false/),
    65,
  );
});

test('a wrong clock is a warning, and an error if AWS would reject requests', async (t) => {
  for (const [minutes, state, code] of [
    [2, 'warning', 0],
    [-20, 'error', 65],
  ] as const) {
    const issuer = await answering(t, (_request, response) => {
      response.setHeader('date', new Date(Date.now() + minutes * 60_000).toUTCString());
      response.writeHead(400).end();
    });
    const checked = await finds(
      { keys: { daypass_sts_endpoint: issuer } },
      'clock',
      state,
      /clock is (11\d s|\d+ min) (behind|ahead of) that of AWS/,
      /NTP/,
    );
    assert.equal(checked, code);
  }
});

test('the clock is that of STS, and never that of metadata which a cache may have kept', async (t) => {
  const old = new Date(Date.now() - 2_404_000).toUTCString();
  const endpoints = (base: string) => ({
    issuer: base,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/jwks`,
  });
  const issuer = await answering(t, ({ headers }, response) => {
    response.setHeader('date', old).setHeader('age', '2404');
    response.end(JSON.stringify(endpoints(`http://${headers.host}`)));
  });
  const sts = await answering(t, (_request, response) => response.writeHead(400).end());
  const { checks } = await examined({ keys: { daypass_issuer: issuer, daypass_sts_endpoint: sts } });
  assert.deepEqual(
    found(checks, 'clock').map(({ state, finding }) => [state, finding]),
    [['ok', "this machine's clock agrees with that of AWS"]],
  );
  const cachedSts = await answering(t, (_request, response) => {
    response.writeHead(400, { date: old, age: '2404' }).end();
  });
  const unknown = await examined({ keys: { daypass_issuer: issuer, daypass_sts_endpoint: cachedSts } });
  assert.deepEqual(found(unknown.checks, 'clock'), []);
});

test('TLS, authorities and proxy are reported', async (t) => {
  const authority = createAuthority();
  const proxy = await startConnectProxy({});
  t.after(async () => {
    authority.remove();
    await proxy.stop();
  });
  const unsafe = await examined({ env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
  assert.equal(unsafe.code, 78);
  assert.equal(found(unsafe.checks, 'tls')[0]?.state, 'error');
  assert.match(found(unsafe.checks, 'tls')[0]?.remedy ?? '', /remove it, .* AWS_CA_BUNDLE/);
  assert.deepEqual(found(unsafe.checks, 'provider'), []);

  const env = { AWS_CA_BUNDLE: authority.file, NODE_EXTRA_CA_CERTS: authority.file };
  const { checks } = await examined({ env });
  assert.equal(found(checks, 'ca-bundle')[0]?.state, 'ok');
  assert.match(found(checks, 'extra-ca')[0]?.remedy ?? '', /AWS_CA_BUNDLE/);
  const nowhere = { AWS_CA_BUNDLE: '/nowhere/ca.pem' };
  assert.equal(await finds({ env: nowhere }, 'ca-bundle', 'error', /\/nowhere\/ca\.pem/, /./), 65);

  const more = `${line}ca_bundle = ${authority.file}\n`;
  const { checks: ofProfile } = await examined({ more });
  const told = new RegExp(`in ${authority.file}, which ca_bundle \\(~/\\.aws/config:\\d+\\) names$`);
  assert.deepEqual(
    found(ofProfile, 'ca-bundle').map(({ state }) => state),
    ['ok'],
  );
  assert.match(found(ofProfile, 'ca-bundle')[0]?.finding ?? '', told);
  const gone = `${line}ca_bundle = /nowhere/ca.pem\n`;
  const cannot = /^ca_bundle \(~\/\.aws\/config:\d+\) \/nowhere\/ca\.pem: ENOENT$/;
  assert.equal(
    await finds({ more: gone }, 'ca-bundle', 'error', cannot, /set ca_bundle .* or remove it/),
    65,
  );

  const proxied = { HTTPS_PROXY: `http://ada:secret-of-ada@127.0.0.1:${proxy.port}` };
  const { checks: through } = await examined({ env: proxied });
  assert.match(found(through, 'proxy')[0]?.finding ?? '', /HTTPS_PROXY is set: .* reached without it/);
  assert.doesNotMatch(JSON.stringify(through), /secret-of-ada/);
  const outside = { daypass_issuer: 'https://login.example.test' };
  const { checks: away } = await examined({ env: proxied, keys: outside });
  assert.match(found(away, 'proxy')[0]?.finding ?? '', /reached through 127\.0\.0\.1:\d+$/);
  assert.doesNotMatch(JSON.stringify(away), /secret-of-ada/);
  assert.deepEqual(proxy.asked, ['login.example.test:443']);
});

test('ALL_PROXY of another kind is a note without its password', async () => {
  const env = { ALL_PROXY: 'socks://ada:secret-of-ada@127.0.0.1:7890/' };
  await finds(
    { env },
    'proxy',
    'note',
    /^ALL_PROXY is not the address of an HTTP proxy.* as the AWS CLI/,
    /HTTPS_PROXY=/,
  );
});

test('options of NODE_OPTIONS that run code or print are a warning with their names', async () => {
  const env = { NODE_OPTIONS: '--no-warnings --title=seen --stack-trace-limit=5' };
  const told = /NODE_OPTIONS has --title, --stack-trace-limit, which may run code/;
  assert.equal(await finds({ env }, 'node-options', 'warning', told, /launcher/), 0);
  const { checks } = await examined({ env: { NODE_OPTIONS: '--no-warnings' } });
  assert.equal(found(checks, 'node-options')[0]?.state, 'note');
  const behind = { DAYPASS_NODE_OPTIONS: '--require=/nowhere.cjs' };
  const [dropped] = found((await examined({ env: behind })).checks, 'node-options');
  assert.equal(dropped?.state, 'note');
  assert.match(dropped?.finding ?? '', /has --require; the launcher drops that/);
});
