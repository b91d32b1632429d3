import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

export type Endpoint = 'discovery' | 'jwks' | 'authorization' | 'token' | 'revocation';
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface IdentityProviderOptions {
  clientId?: string;
  /** Besides http://127.0.0.1/callback, whose port is free. */
  redirectUris?: string[];
  /** Seconds. */
  idTokenTtl?: number;
}

export interface IdentityProvider {
  issuer: string;
  jwksUri: string;
  clientId: string;
  counts: Record<
    'discovery' | 'jwks' | 'authorization' | 'codeExchange' | 'refresh' | 'revocation' | 'reuse',
    number
  >;
  /** Every code and token ever issued. */
  secrets: Set<string>;
  latestRefreshToken(): string | undefined;
  /** Posts a refresh token by itself, uncounted, and says whether the provider takes it. */
  accepts(refreshToken: string): Promise<boolean>;
  /** Lets requests come in and leaves them unanswered until the returned function is called. */
  hold(endpoint: Endpoint): () => void;
  /** Replaces an endpoint's answer until called with undefined. */
  answer(endpoint: Endpoint, handler: Handler | undefined): void;
  stop(): Promise<void>;
}

/**
 * The real `oidc-provider` on loopback: a public native client, PKCE, rotating refresh tokens whose reuse revokes the grant, and
 * login and consent pages of its own. Any login name signs in.
 */
export async function startIdentityProvider(
  options: IdentityProviderOptions = {},
): Promise<IdentityProvider> {
  const clientId = options.clientId ?? 'daypass-test';
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback', ...(options.redirectUris ?? [])],
      },
    ],
    jwks: { keys: [await signingKey()] },
    cookies: { keys: ['of this provider alone'] },
    scopes: ['openid', 'email', 'offline_access'],
    claims: { openid: ['sub'], email: ['email'] },
    // As most providers do: the claims of the scopes are in the ID token.
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com` }),
    }),
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: options.idTokenTtl ?? 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  });

  const counts = {
    discovery: 0,
    jwks: 0,
    authorization: 0,
    codeExchange: 0,
    refresh: 0,
    revocation: 0,
    reuse: 0,
  };
  const secrets = new Set<string>();
  let latest: string | undefined;
  provider.on('grant.success', ({ oidc, body }) => {
    const answer = body as Record<string, string>;
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      if (answer[name]) secrets.add(answer[name]);
    }
    if (oidc.params?.code) secrets.add(String(oidc.params.code));
    if (oidc.params?.code_verifier) secrets.add(String(oidc.params.code_verifier));
    latest = answer.refresh_token ?? latest;
  });
  provider.on('grant.error', ({ oidc }, error) => {
    if (oidc.params?.grant_type === 'refresh_token' && /already used/.test(error.error_detail ?? ''))
      counts.reuse += 1;
  });

  const gates = new Map<Endpoint, Promise<void>>();
  const releases = new Set<() => void>();
  const replacements = new Map<Endpoint, Handler>();
  const endpoints: Record<string, Endpoint> = {
    '/.well-known/openid-configuration': 'discovery',
    '/jwks': 'jwks',
    '/auth': 'authorization',
    '/token': 'token',
    '/token/revocation': 'revocation',
  };
  const callback = provider.callback();

  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const endpoint = endpoints[path];
    if (path.startsWith('/interaction/')) {
      await interact(provider, request, response).catch((error) => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
      });
      return;
    }
    if (endpoint && request.headers['x-uncounted'] === undefined) {
      if (endpoint === 'token') {
        const body = await peekBody(request);
        counts[body.includes('grant_type=refresh_token') ? 'refresh' : 'codeExchange'] += 1;
      } else counts[endpoint] += 1;
      await gates.get(endpoint);
      const replacement = replacements.get(endpoint);
      if (replacement) return replacement(request, response);
    }
    await callback(request, response);
  });

  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    clientId,
    counts,
    secrets,
    latestRefreshToken: () => latest,
    async accepts(refreshToken) {
      const { ok } = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { 'x-uncounted': 'true' },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: refreshToken,
          client_id: clientId,
        }),
      });
      return ok;
    },
    hold(endpoint) {
      let release = () => {};
      gates.set(endpoint, new Promise((resolve) => (release = resolve)));
      const free = () => {
        gates.delete(endpoint);
        releases.delete(free);
        release();
      };
      releases.add(free);
      return free;
    },
    answer(endpoint, handler) {
      if (handler) replacements.set(endpoint, handler);
      else replacements.delete(endpoint);
    },
    async stop() {
      for (const release of releases) release();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function signingKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: 'test-key', alg: 'RS256', use: 'sig' };
}

/** The body of a small form, left in place for whoever reads it next. */
async function peekBody(request: IncomingMessage): Promise<string> {
  const length = Number(request.headers['content-length']);
  let body = Buffer.alloc(0);
  while (body.length < length) {
    const chunk: Buffer | null = request.read();
    if (chunk) body = Buffer.concat([body, chunk]);
    else await once(request, 'readable');
  }
  request.unshift(body);
  return body.toString();
}

/** The provider's own pages: who are you, and may this client know it. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end(prompt.name === 'login' ? loginPage : consentPage);
    return;
  }
  const form = new URLSearchParams(await text(request));
  if (form.get('decision') === 'deny') {
    const denial = { error: 'access_denied', error_description: 'the person said no' };
    return await provider.interactionFinished(request, response, denial);
  }
  if (prompt.name === 'login') {
    const login = { accountId: form.get('login') ?? '' };
    return await provider.interactionFinished(request, response, { login });
  }
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  grant.addOIDCScope(String(params.scope));
  const consent = { grantId: await grant.save() };
  await provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

const page = (title: string, form: string) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:16px/1.5 system-ui;max-width:24rem;margin:15vh auto;padding:0 1rem}input,button{font:inherit;padding:.4rem .8rem;margin:.3rem 0}</style>
<h1>${title}</h1><form method="post">${form}</form></html>`;

const loginPage = page(
  'Sign in to the example company',
  `<p>Any name will do, and any password.</p>
<label>Name<br><input name="login" value="ada" autofocus required></label><br>
<label>Password<br><input name="password" type="password" value="none"></label><br>
<button name="decision" value="allow">Sign in</button>`,
);

const consentPage = page(
  'Allow daypass to know who you are?',
  `<p>daypass asks for your name and e-mail address, and to renew this without asking again.</p>
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button>`,
);
