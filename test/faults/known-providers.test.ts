// Runs each known provider, as its data file says that it answers, through the life of a sign-in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { openProvider } from '../../src/aws/identity-provider.ts';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.ts';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts';
import { assertVersion1 } from '../support/credentials-format.ts';
import { freePort } from '../support/free-port.ts';
import { signingKey } from '../support/identity-provider.ts';
import { type LocalSts, startLocalSts, type Trust } from '../support/local-sts.ts';
import { later } from '../support/other-clock.ts';
import { type ProviderData, providerData } from '../support/provider-data.ts';
import { hostsOf, type ProviderLike, startProviderLike } from '../support/provider-like.ts';
import { createSandbox, type Sandbox } from '../support/sandbox.ts';
import { roleArn, signInProgram } from '../support/stage.ts';
import { faultOfPart } from './fault.ts';

const ids: Record<string, string> = {
  okta: 'P01',
  auth0: 'P02',
  cognito: 'P03',
  'cognito-rotation': 'P03',
  keycloak: 'P04',
  authentik: 'P05',
  pingone: 'P06',
  onelogin: 'P07',
  jumpcloud: 'P08',
  entra: 'P09',
  google: 'P10',
  gitlab: 'P11',
  dex: 'P12',
  adfs: 'P13',
  zitadel: 'P14',
};

const providers = providerData();
const key = await signingKey();
const names: Record<string, number> = {};
const trust: Trust[] = [];
let authority: Authority;
let certificate: Certificate;
let proxy: ConnectProxy;
let sts: LocalSts;

before(async () => {
  const all = [...providers.values()].flatMap((data) =>
    Object.keys(data.variants).flatMap((variant) => hostsOf(data, variant)),
  );
  authority = createAuthority();
  certificate = authority.issue([...new Set(all)].map((host) => `DNS:${host}`).join(','));
  [proxy, sts] = await Promise.all([startConnectProxy(names), startLocalSts({ trust })]);
});
after(async () => {
  await Promise.all([proxy?.stop(), sts?.stop()]);
  authority?.remove();
});

suite('known providers', { concurrency: 3 }, () => {
  for (const [file, data] of providers) {
    for (const variant of Object.keys(data.variants)) {
      const id = ids[file] ?? assert.fail(`${file} has no id`);
      faultOfPart(id, `${data.name}, ${variant}: configure, sign-in, hit, refresh, logout`, () =>
        live(data, variant),
      );
    }
  }
});

async function live(data: ProviderData, variant: string): Promise<void> {
  const provider = await startProviderLike(data, variant, { certificate, signingKey: key });
  for (const host of hostsOf(data, variant)) names[`${host}:443`] = provider.port;
  const { issuer, jwksUri, clientId } = provider;
  const trusted: Trust = { roleArn, issuer, jwksUri, audience: clientId };
  trust.push(trusted);
  const sandbox = await createSandbox({
    env: {
      HTTPS_PROXY: proxy.url,
      AWS_CA_BUNDLE: authority.file,
      DAYPASS_BROWSER: `${signInProgram} --provider-at ${provider.port}`,
      DAYPASS_STS_ENDPOINT: sts.url,
      DAYPASS_STORE: 'file',
      ...(data.client.secret ? { DAYPASS_CLIENT_SECRET: data.client.secret } : {}),
    },
  });
  try {
    await configure(sandbox, provider, data);
    await signInAndOut(sandbox, provider, data, trusted);
  } finally {
    const left = await sandbox.remove({ graceMs: provider.refusals.length > 0 ? 0 : 12_000 });
    await provider.stop();
    if (provider.refusals.length === 0) assert.deepEqual(left, []);
  }
}

/** Configures as the README says, and registers at the provider what `configure` prints. */
async function configure(sandbox: Sandbox, provider: ProviderLike, data: ProviderData): Promise<void> {
  const given = { issuer: provider.issuer, 'client-id': provider.clientId, 'role-arn': roleArn };
  const flags = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
  const { code, stdout, stderr } = await sandbox.run(['configure', ...flags]);
  assert.deepEqual([code, stderr], [0, '']);
  const written = readFileSync(join(sandbox.home, '.aws', 'config'), 'utf8');
  const keys = Object.fromEntries(
    [...written.matchAll(/^(daypass_\w+) = (.*)$/gm)].map(([, k, v]) => [k, v]),
  );
  const { daypass_issuer: _, daypass_client_id: _id, daypass_role_arn: _role, ...more } = keys;
  assert.deepEqual(more, data.profile);

  const [, name, advice = ''] = /^note: at (.*?): (.*)$/m.exec(stdout) ?? assert.fail(stdout);
  assert.equal(name, data.name);
  const addresses = advice.match(/http:\/\/[^\s,]+/g) ?? [];
  assert.equal(addresses.length, data.client.loopbackHosts.length > 0 ? 1 : 0, advice);
  // Other tests of this machine may use the same fixed port.
  const port = data.profile.daypass_redirect_port ? await freePort() : undefined;
  if (port) sandbox.env.DAYPASS_REDIRECT_PORT = String(port);
  for (const address of addresses) provider.register(port ? address.replace(/:\d+/, `:${port}`) : address);
}

async function signInAndOut(
  sandbox: Sandbox,
  provider: ProviderLike,
  data: ProviderData,
  trusted: Trust,
): Promise<void> {
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const ended = sandbox.run(args, { env });
    // A person would stay on the provider's page, and the call would wait for minutes.
    return Promise.race([ended, provider.refused]);
  };
  const first = await run([]);
  assert.deepEqual([first.code, first.stderr], [0, '']);
  assertVersion1(first.stdout);
  const hit = await run([]);
  assert.deepEqual([hit.code, hit.stdout], [0, first.stdout]);
  assert.deepEqual(provider.counts, { authorization: 1, refresh: 0, revocation: 0 });

  // From here on the role has the printed trust policy.
  const policy = await run(['trust-policy', '--json']);
  assert.deepEqual([policy.code, policy.stderr], [0, '']);
  trusted.policy = JSON.parse(policy.stdout).trustPolicy;
  const anyone = await run(['trust-policy', '--any-user']);
  assert.equal(anyone.code, openProvider(provider.issuer) ? 78 : 0, anyone.stderr);
  for (const [index, hours] of ['+2h', '+4h'].entries()) {
    const renewed = await run(['--non-interactive'], later(hours));
    assert.deepEqual([renewed.code, renewed.stderr], [0, ''], `after ${hours}`);
    assert.deepEqual(provider.counts, { authorization: 1, refresh: index + 1, revocation: 0 });
  }
  const logout = await run(['logout']);
  assert.equal(logout.code, 0, logout.stderr);
  assert.equal(provider.counts.revocation, data.revocation ? 1 : 0);
  assert.equal((await run(['--non-interactive'])).code, 2);
  assert.deepEqual(provider.refusals, []);
}
