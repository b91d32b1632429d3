import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';
import type { Certificate } from './certificates.ts';

export type Endpoint = 'discovery' | 'jwks' | 'authorization' | 'token' | 'revocation' | 'endSession';
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface IdentityProviderOptions {
  clientId?: string;
  /** Redirect URIs in addition to http://127.0.0.1/callback, which allows any port. */
  redirectUris?: string[];
  /** Seconds. */
  idTokenTtl?: number;
  /** Seconds. */
  accessTokenTtl?: number;
  /**
   * Private RS256 keys instead of one made now, so that two providers, or one after a restart, can share
   * them.
   */
  signingKeys?: JWK[];
  /** Replaces the rule of oidc-provider, which grants `offline_access` only with `prompt=consent`. */
  issueRefreshToken?: NonNullable<Configuration['issueRefreshToken']>;
  /** Signs in this name at once, without pages. */
  autoSignIn?: string;
  /**
   * The seconds in which a spent refresh token is still accepted, as by some providers after lost answers.
   */
  reuseLeeway?: number;
  /** Claims of every ID token in addition to `sub` and `email`. */
  moreClaims?: Record<string, unknown>;
  /** Serves TLS: at `address` of this machine, or on 127.0.0.1 behind an `issuer` to which something else leads. */
  https?: { certificate: Certificate } & ({ issuer: string } | { address: string });
  /** Takes authorization requests by RFC 9126 alone. */
  pushedRequests?: boolean;
}

export interface IdentityProvider {
  issuer: string;
  port: number;
  jwksUri: string;
  clientId: string;
  counts: Record<
    | 'discovery'
    | 'jwks'
    | 'authorization'
    | 'codeExchange'
    | 'devicePoll'
    | 'refresh'
    | 'revocation'
    | 'reuse'
    | 'endSession',
    number
  >;
  /** Every issued code and token, and every received code verifier, even of failed sign-ins. */
  secrets: Set<string>;
  latestRefreshToken(): string | undefined;
  /**
   * Posts a refresh token without counting. This spends a live token and revokes the grant of a spent one.
   */
  tryRefresh(refreshToken: string): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Returns whether `tryRefresh` gets tokens. */
  accepts(refreshToken: string): Promise<boolean>;
  /** Holds the answers until the returned function is called. */
  hold(endpoint: Endpoint): () => void;
  /** Replaces the answer of an endpoint until it is called with undefined. */
  answer(endpoint: Endpoint, handler: Handler | undefined): void;
  stop(): Promise<void>;
}

/**
 * Starts the real `oidc-provider` on loopback, with a public native client, PKCE, rotating refresh tokens
 * whose reuse revokes the grant, and login and consent pages. It accepts every login name.
 */
export async function startIdentityProvider(
  options: IdentityProviderOptions = {},
): Promise<IdentityProvider> {
  const clientId = options.clientId ?? 'daypass-test';
  const { https } = options;
  const address = https && 'address' in https ? https.address : '127.0.0.1';
  const server = (https ? createTlsServer(https.certificate) : createServer()).listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer = https && 'issuer' in https ? https.issuer : `http${https ? 's' : ''}://${address}:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback', ...(options.redirectUris ?? [])],
      },
    ],
    jwks: { keys: options.signingKeys ?? [await signingKey()] },
    cookies: { keys: ['of this provider alone'] },
    scopes: ['openid', 'email', 'offline_access'],
    claims: { openid: ['sub', ...Object.keys(options.moreClaims ?? {})], email: ['email'] },
    // Most providers put the claims of the scopes into the ID token.
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, ...options.moreClaims }),
    }),
    rotateRefreshToken: true,
    ...(options.issueRefreshToken && { issueRefreshToken: options.issueRefreshToken }),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****' },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: options.pushedRequests ?? false,
      },
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: options.accessTokenTtl ?? 600,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: options.idTokenTtl ?? 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  });

  if (options.reuseLeeway !== undefined) delayConsumption(provider, options.reuseLeeway);

  const counts = {
    discovery: 0,
    jwks: 0,
    authorization: 0,
    codeExchange: 0,
    devicePoll: 0,
    refresh: 0,
    revocation: 0,
    reuse: 0,
    endSession: 0,
  };
  const secrets = new Set<string>();
  let latest: string | undefined;
  provider.on('authorization.success', (_context, answer) => {
    if (answer?.code) secrets.add(String(answer.code));
  });
  provider.on('grant.success', ({ body }) => {
    const answer = body as Record<string, string>;
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      if (answer[name]) secrets.add(answer[name]);
    }
    latest = answer.refresh_token ?? latest;
  });
  provider.on('grant.error', (context, error) => {
    const reused =
      context.oidc.params?.grant_type === 'refresh_token' && /already used/.test(error.error_detail ?? '');
    if (reused && !context.get('x-uncounted')) counts.reuse += 1;
  });

  const holds = new Set<{ endpoint: Endpoint; released: Promise<void>; release: () => void }>();
  const replacements = new Map<Endpoint, Handler>();
  const endpoints: Record<string, Endpoint> = {
    '/.well-known/openid-configuration': 'discovery',
    '/jwks': 'jwks',
    '/auth': 'authorization',
    '/token': 'token',
    '/token/revocation': 'revocation',
    '/session/end': 'endSession',
  };
  const callback = provider.callback();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const endpoint = endpoints[path];
    if (path.startsWith('/interaction/')) {
      await interact(provider, request, response, options.autoSignIn).catch((error) => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
      });
      return;
    }
    if (endpoint && request.headers['x-uncounted'] === undefined) {
      if (endpoint === 'token') {
        const form = new URLSearchParams(await peekBody(request));
        const verifier = form.get('code_verifier');
        if (verifier) secrets.add(verifier);
        counts[kindOf(form.get('grant_type'))] += 1;
      } else counts[endpoint] += 1;
      for (const hold of holds) if (hold.endpoint === endpoint) await hold.released;
      const replacement = replacements.get(endpoint);
      if (replacement) return replacement(request, response);
    }
    await callback(request, response);
  }
  // A client that is killed during its request is not an error of the test.
  server.on('request', (request, response) => serve(request, response).catch(() => response.destroy()));

  async function tryRefresh(refreshToken: string) {
    const answer = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'x-uncounted': 'true' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: clientId,
      }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  return {
    issuer,
    port,
    jwksUri: `${issuer}/jwks`,
    clientId,
    counts,
    secrets,
    latestRefreshToken: () => latest,
    tryRefresh,
    accepts: async (refreshToken) => (await tryRefresh(refreshToken)).status === 200,
    hold(endpoint) {
      let free = () => {};
      const released = new Promise<void>((resolve) => (free = resolve));
      const hold = {
        endpoint,
        released,
        release() {
          holds.delete(hold);
          free();
        },
      };
      holds.add(hold);
      return hold.release;
    },
    answer(endpoint, handler) {
      if (handler) replacements.set(endpoint, handler);
      else replacements.delete(endpoint);
    },
    async stop() {
      for (const { release } of holds) release();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Makes a refresh token count as spent only some seconds later. */
function delayConsumption({ RefreshToken }: Provider, seconds: number): void {
  const { consume } = RefreshToken.prototype;
  RefreshToken.prototype.consume = async function () {
    setTimeout(() => void consume.call(this).catch(() => {}), seconds * 1000).unref();
  };
}

function kindOf(grantType: string | null): 'refresh' | 'devicePoll' | 'codeExchange' {
  if (grantType === 'refresh_token') return 'refresh';
  return grantType?.endsWith(':device_code') ? 'devicePoll' : 'codeExchange';
}

/** Returns a private RS256 key. */
export async function signingKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: 'test-key', alg: 'RS256', use: 'sig' };
}

/** Returns the body of a small form, which the next reader can still read. */
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

/** Returns the login or the consent page. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  autoSignIn: string | undefined,
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method === 'GET' && autoSignIn === undefined) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end(prompt.name === 'login' ? loginPage : consentPage);
    return;
  }
  const form = new URLSearchParams(autoSignIn === undefined ? await text(request) : { login: autoSignIn });
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
<label>Name<br><input name="login" value="ada" autocomplete="username" autofocus required></label><br>
<label>Password<br><input name="password" type="password" value="none" autocomplete="current-password"></label><br>
<button name="decision" value="allow">Sign in</button>`,
);

const consentPage = page(
  'Allow daypass to know who you are?',
  `<p>daypass asks for your name and e-mail address, and to renew this without asking again.</p>
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button>`,
);
