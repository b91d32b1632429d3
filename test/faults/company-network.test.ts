// A company has a proxy and a certificate authority: cases NW05, NW09, FI01 and FI02 of docs/threats.md.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { suite } from 'node:test';
import { authority, certificates, company, early } from './company-authority.ts';
import { type Case, type FaultStage, fault, signIn } from './fault.ts';

suite('a company has a network of its own', { concurrency: 4 }, () => {
  authoritiesAreTrusted();
  profilesNameAuthorities();
  fipsIsKept();
  proxiesAreUsed();
});

function authoritiesAreTrusted(): void {
  fault('NW09', 'NODE_EXTRA_CA_CERTS applies to the provider', { ...company, session: true });
  fault('NW09', 'NODE_EXTRA_CA_CERTS applies to STS', { act: throughTlsSts({ env: 'NODE_EXTRA_CA_CERTS' }) });
  fault('NW09', 'AWS_CA_BUNDLE applies to the provider', {
    ...company,
    session: true,
    prepare: ({ sandbox }) => {
      sandbox.env.AWS_CA_BUNDLE = authority.file;
    },
  });
  fault('NW09', 'AWS_CA_BUNDLE applies to STS', { act: throughTlsSts({ env: 'AWS_CA_BUNDLE' }) });
  const bundles: [what: string, path: (stage: FaultStage) => string, text: RegExp][] = [
    ['names no file', () => '/nowhere/ca.pem', /AWS_CA_BUNDLE \/nowhere\/ca\.pem: ENOENT/],
    ['is not PEM', ({ sandbox }) => join(sandbox.home, '.aws', 'config'), /it has no certificates/],
  ];
  for (const [what, path, text] of bundles) {
    fault('NW09', `daypass refuses an AWS_CA_BUNDLE that ${what}`, {
      ...{ ...early, error: 'bad-configuration', text, tls: certificates.good },
      prepare: (stage) => {
        stage.sandbox.env.AWS_CA_BUNDLE = path(stage);
      },
      inspect: (stage) => {
        stage.sandbox.env.AWS_CA_BUNDLE = authority.file;
      },
    });
  }
}

function profilesNameAuthorities(): void {
  const ofProfile = { ca_bundle: authority.file };
  fault('FI01', 'the ca_bundle of the profile applies to the provider', {
    ...{ tls: certificates.good, session: true, keys: ofProfile },
  });
  fault('FI01', 'the ca_bundle of the profile applies to STS', { act: throughTlsSts({ key: 'ca_bundle' }) });
  const bundles: [what: string, keys: Record<string, string>, env: string | undefined, text: RegExp][] = [
    [
      'a ca_bundle that names no file',
      { ca_bundle: '/nowhere/ca.pem' },
      undefined,
      /: ca_bundle \(~\/\.aws\/config:\d+\) \/nowhere\/ca\.pem: ENOENT\nhint: set ca_bundle \(/,
    ],
    [
      'an AWS_CA_BUNDLE that wins',
      ofProfile,
      '/nowhere/ca.pem',
      /: AWS_CA_BUNDLE \/nowhere\/ca\.pem: ENOENT/,
    ],
  ];
  for (const [what, keys, env, text] of bundles) {
    fault('FI01', `daypass refuses ${what}`, {
      ...{ ...early, error: 'bad-configuration', text, tls: certificates.good, keys },
      prepare: ({ sandbox }) => {
        if (env) sandbox.env.AWS_CA_BUNDLE = env;
      },
      inspect: ({ sandbox }) => {
        sandbox.env.AWS_CA_BUNDLE = authority.file;
      },
    });
  }
}

function fipsIsKept(): void {
  fault('FI02', 'a region without a FIPS endpoint of STS is refused before a browser opens', {
    ...{ error: 'bad-configuration', tabs: 0, tokenRequests: 0 },
    text: /: AWS_USE_FIPS_ENDPOINT is true, but STS has no FIPS endpoint in eu-west-1 \(only in us-east-1,/,
    keys: { daypass_sts_endpoint: '' },
    prepare: ({ sandbox }) => {
      sandbox.env.AWS_USE_FIPS_ENDPOINT = 'true';
    },
    inspect: ({ sandbox, sts }) => {
      sandbox.env.AWS_USE_FIPS_ENDPOINT = 'false';
      sandbox.env.DAYPASS_STS_ENDPOINT = sts.url;
    },
  });
}

function proxiesAreUsed(): void {
  fault('NW05', 'loopback does not use HTTPS_PROXY or HTTP_PROXY', {
    act: async (stage) => {
      const proxy = await startProxy();
      for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'])
        stage.sandbox.env[name] = proxy.url;
      const call = await signIn(stage);
      proxy.stop();
      assert.deepEqual(proxy.asked, []);
      return call;
    },
  });
  fault('NW05', 'the error names a proxy that ends every connection, without its password', {
    ...{ ...early, error: 'proxy-unusable', text: /the proxy 127\.0\.0\.1:\d+ cannot be used/ },
    act: async (stage) => {
      const proxy = await startProxy();
      stage.sandbox.env.HTTPS_PROXY = proxy.url.replace('//', '//ada:proxy-password@');
      stage.sandbox.writeConfig(stage.config({ daypass_issuer: 'https://idp.invalid' }));
      const call = await signIn(stage);
      delete stage.sandbox.env.HTTPS_PROXY;
      proxy.stop();
      assert.deepEqual(proxy.asked, ['idp.invalid:443']);
      assert.doesNotMatch(call.stderr, /proxy-password/);
      return call;
    },
  });
}

/** Signs in with an STS behind TLS, whose authority the variable or the key of the profile names. */
function throughTlsSts({ env, key }: { env?: string; key?: string }): NonNullable<Case['act']> {
  return async (stage) => {
    const { port } = new URL(stage.sts.url);
    // The front ends TLS and forwards the requests to the local STS.
    const front = createTlsServer(certificates.good);
    front.on('secureConnection', (socket) => {
      const back = connect(Number(port), '127.0.0.1');
      for (const each of [socket, back]) each.on('error', () => {});
      socket.pipe(back).pipe(socket);
    });
    front.removeAllListeners('request');
    await once(front.listen(0, '127.0.0.1'), 'listening');
    if (env) stage.sandbox.env[env] = authority.file;
    const url = `https://localhost:${(front.address() as AddressInfo).port}`;
    stage.sandbox.writeConfig(
      stage.config({ daypass_sts_endpoint: url, ...(key ? { [key]: authority.file } : {}) }),
    );
    return signIn(stage).finally(() => front.close());
  };
}

/** Starts a proxy that refuses every request and records it. */
async function startProxy(): Promise<{ url: string; asked: string[]; stop(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    asked.push(request.url ?? '');
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () => server.close(),
  };
}
