// Tests that the providers of the data files refuse what the real ones refuse.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAuthority } from './certificates.ts';
import { signingKey } from './identity-provider.ts';
import { filled, providerData } from './provider-data.ts';
import { hostsOf, startProviderLike } from './provider-like.ts';
import { signInOverHttp } from './sign-in-over-http.mjs';

async function open(t: TestContext, file: string) {
  const data = providerData().get(file) ?? assert.fail(file);
  const [variant = ''] = Object.keys(data.variants);
  const authority = createAuthority();
  const names = hostsOf(data, variant).map((host) => `DNS:${host}`);
  const certificate = authority.issue(names.join(','));
  authority.remove();
  const provider = await startProviderLike(data, variant, { certificate, signingKey: await signingKey() });
  t.after(() => provider.stop());
  const metadata = filled(data.discovery, data.variants[variant] ?? {});
  /** Asks for a sign-in as a browser does, and returns the refusal. */
  const refusal = async (changes: Record<string, string>) => {
    const parameters = {
      client_id: provider.clientId,
      redirect_uri: 'http://127.0.0.1:8400/callback',
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 'state',
      ...changes,
    };
    const link = `${metadata.authorization_endpoint}?${new URLSearchParams(parameters)}`;
    // Nothing listens at the redirect address.
    await signInOverHttp(link, { providerAt: provider.port }).catch(() => {});
    return provider.refusals.pop();
  };
  return { provider, refusal };
}

test('a provider with exact redirect addresses refuses another port, host, path, scope and client', async (t) => {
  const { provider, refusal } = await open(t, 'okta');
  provider.register('http://127.0.0.1:8400/callback');
  assert.equal(await refusal({}), undefined);
  for (const redirect_uri of [
    'http://127.0.0.1:8401/callback',
    'http://localhost:8400/callback',
    'http://127.0.0.1:8400/',
    'http://127.0.0.1:8400/callback?x',
  ])
    assert.match((await refusal({ redirect_uri })) ?? '', /does not know the redirect address/);
  assert.match((await refusal({ scope: 'openid unheard-of' })) ?? '', /refuses the scope unheard-of/);
  assert.match((await refusal({ client_id: 'other' })) ?? '', /client id is unknown/);
  assert.match((await refusal({ code_challenge_method: 'plain' })) ?? '', /no PKCE/);
});

test('a provider that ignores the port still compares host and path', async (t) => {
  const { provider, refusal } = await open(t, 'keycloak');
  provider.register('http://127.0.0.1/callback');
  assert.equal(await refusal({}), undefined);
  for (const redirect_uri of ['http://127.0.0.1:8400/other', 'http://localhost:8400/callback'])
    assert.match((await refusal({ redirect_uri })) ?? '', /does not know the redirect address/);
});

test('a provider that takes http for localhost alone does not register 127.0.0.1', async (t) => {
  const { provider } = await open(t, 'cognito');
  assert.throws(() => provider.register('http://127.0.0.1:8400/callback'), /does not let anyone register/);
});
