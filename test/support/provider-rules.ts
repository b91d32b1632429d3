import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { decodeJwt, type JWK, SignJWT } from 'jose';
import type { IdentityProvider } from './identity-provider.ts';
import { filled, type ProviderData } from './provider-data.ts';

/** The client of daypass at each provider. */
export const clientId = 'daypass-at-this-provider';

/** A sign-in at the provider. */
interface Grant {
  redirectUri: string;
  state: string;
  scope: string;
  offline: boolean;
  session: string;
  signedIn: number;
  /** The refresh token of the provider behind, which rotates. */
  inner?: string;
}

/** A refusal, as an answer or as a page. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: object;

  constructor(message: string, status = 400, body: object = { error: 'invalid_request' }) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

type SigningKey = Parameters<SignJWT['sign']>[0];

interface Parts {
  data: ProviderData;
  values: { issuer: string };
  innerRedirect: string;
  behind: IdentityProvider;
  signingKey: JWK;
  key: SigningKey;
}

/** What a provider issues and refuses, as its data say. Codes, keys and rotation are those of the one behind. */
export class ProviderRules {
  readonly counts = { authorization: 0, refresh: 0, revocation: 0 };
  readonly innerRedirect: string;
  readonly #data: ProviderData;
  readonly #values: { issuer: string };
  readonly #behind: IdentityProvider;
  readonly #signingKey: JWK;
  readonly #key: SigningKey;
  readonly #registered: string[] = [];
  readonly #pending = new Map<string, Grant>();
  readonly #codes = new Map<string, Grant>();
  readonly #refreshTokens = new Map<string, Grant>();

  constructor({ data, values, innerRedirect, behind, signingKey, key }: Parts) {
    this.#data = data;
    this.#values = values;
    this.innerRedirect = innerRedirect;
    this.#behind = behind;
    this.#signingKey = signingKey;
    this.#key = key;
  }

  /** Registers a redirect address. Throws if the real provider would not accept it. */
  register(address: string): void {
    const { hostname } = new URL(address);
    if (!this.#data.client.loopbackHosts.includes(hostname))
      throw new Error(`${this.#data.name} does not let anyone register ${address}`);
    this.#registered.push(address);
  }

  authorize({ searchParams }: URL): string {
    this.counts.authorization += 1;
    const given = Object.fromEntries(searchParams);
    const { client, name } = this.#data;
    const scopes = (given.scope ?? '').split(' ');
    if (given.client_id !== clientId) throw new Refusal('the client id is unknown');
    if (!this.#isRegistered(given.redirect_uri ?? ''))
      throw new Refusal(`${name} does not know the redirect address ${given.redirect_uri}`);
    if (given.response_type !== 'code') throw new Refusal('the response type is not code');
    if (given.code_challenge_method !== 'S256' || !given.code_challenge)
      throw new Refusal('there is no PKCE');
    const unknown = scopes.filter((scope) => !client.scopes.includes(scope));
    if (client.unknownScope === 'refused' && unknown.length > 0)
      throw new Refusal(`${name} refuses the scope ${unknown.join(' ')}`);
    const offline =
      client.refreshTokenFor === 'everyone' ||
      (client.refreshTokenFor === 'offline_access' && scopes.includes('offline_access')) ||
      (client.refreshTokenFor === 'access_type=offline' && given.access_type === 'offline');
    const id = randomUUID();
    const session = randomUUID();
    const { redirect_uri: redirectUri = '', state = '', scope = '', nonce = '' } = given;
    // The person had signed in there before, as with single sign-on.
    this.#pending.set(id, { redirectUri, state, scope, offline, session, signedIn: seconds() - 30 });
    const inner = {
      client_id: this.#behind.clientId,
      redirect_uri: this.innerRedirect,
      response_type: 'code',
      scope: 'openid email offline_access',
      prompt: 'consent',
      state: id,
      nonce,
      code_challenge: given.code_challenge,
      code_challenge_method: 'S256',
    };
    return `${this.#behind.issuer}/auth?${new URLSearchParams(inner)}`;
  }

  #isRegistered(address: string): boolean {
    const { loopbackHosts, anyPortOf } = this.#data.client;
    if (!URL.canParse(address)) return false;
    const { protocol, hostname } = new URL(address);
    if (loopbackHosts.length === 0) return protocol === 'http:' && anyPortOf.includes(hostname);
    return (
      this.#registered.includes(address) ||
      (anyPortOf.includes(hostname) &&
        this.#registered.some((known) => withoutPort(known) === withoutPort(address)))
    );
  }

  comeBack({ searchParams }: URL): string {
    const grant = this.#pending.get(searchParams.get('state') ?? '');
    if (!grant) throw new Refusal('no sign-in waits for this');
    const code = searchParams.get('code');
    if (code) this.#codes.set(code, grant);
    const url = new URL(grant.redirectUri);
    const given = code ? { code } : { error: searchParams.get('error') ?? 'server_error' };
    const more = filled(this.#data.callback, { ...this.#values, scope: grant.scope });
    for (const [name, value] of Object.entries({ ...given, state: grant.state, ...more }))
      url.searchParams.set(name, value);
    return url.href;
  }

  authenticate(form: URLSearchParams, request: IncomingMessage): void {
    const { secret } = this.#data.client;
    const [, encoded = ''] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
    // RFC 6749 2.3.1: both are form-encoded first.
    const basic = Buffer.from(encoded, 'base64').toString().split(':').map(decodeURIComponent);
    const id = encoded ? basic[0] : form.get('client_id');
    const given = encoded ? basic[1] : (form.get('client_secret') ?? undefined);
    if (id !== clientId || given !== secret)
      throw new Refusal('the client is not authenticated', 401, { error: 'invalid_client' });
  }

  async exchange(form: URLSearchParams): Promise<object> {
    const grant = this.#codes.get(form.get('code') ?? '');
    if (!grant) throw new Refusal('the code is unknown', 400, { error: 'invalid_grant' });
    if (form.get('redirect_uri') !== grant.redirectUri)
      throw new Refusal('the redirect address is another one', 400, { error: 'invalid_grant' });
    const { code = '', code_verifier = '' } = Object.fromEntries(form);
    const inner = await this.#ask({
      grant_type: 'authorization_code',
      redirect_uri: this.innerRedirect,
      code,
      code_verifier,
    });
    return this.#answer(this.#data.answers.code, grant, inner, {});
  }

  async refresh(form: URLSearchParams): Promise<object> {
    this.counts.refresh += 1;
    const token = form.get('refresh_token') ?? '';
    const grant = this.#refreshTokens.get(token);
    // The provider behind revokes the grant of a token that is used again.
    const posted = this.#data.rotation === 'each' ? token : grant?.inner;
    const { status, body } = this.#data.deadRefreshToken;
    if (!grant || !posted) throw new Refusal('the refresh token is dead', status, body);
    const inner = await this.#ask({ grant_type: 'refresh_token', refresh_token: posted }).catch((error) => {
      throw new Refusal(`the refresh token is dead: ${error.message}`, status, body);
    });
    const { refreshed, refreshedOmits } = this.#data.idToken;
    return this.#answer(this.#data.answers.refresh, grant, inner, refreshed, refreshedOmits);
  }

  async #ask(form: Record<string, string>): Promise<Record<string, string>> {
    const body = new URLSearchParams({ ...form, client_id: this.#behind.clientId });
    const response = await fetch(`${this.#behind.issuer}/token`, { method: 'POST', body });
    const answered = (await response.json()) as Record<string, string>;
    if (!response.ok) throw new Refusal(String(answered.error_description), response.status, answered);
    return answered;
  }

  async #answer(
    shape: object,
    grant: Grant,
    inner: Record<string, string>,
    changes: object,
    omits: string[] = [],
  ): Promise<object> {
    const now = seconds();
    grant.inner = inner.refresh_token ?? '';
    const refreshToken = this.#data.rotation === 'each' ? grant.inner : `${this.#data.name}-${randomUUID()}`;
    if (grant.offline) this.#refreshTokens.set(refreshToken, grant);
    const known = {
      ...this.#values,
      client: clientId,
      now,
      random: randomUUID(),
      session: grant.session,
      signed_in: grant.signedIn,
      scope: grant.scope,
    };
    const real = decodeJwt(inner.id_token ?? '');
    const claims = filled(
      {
        ...real,
        iss: this.#values.issuer,
        aud: clientId,
        exp: now + (this.#data.idTokenLifetime ?? 3600),
        ...this.#data.idToken.claims,
        ...changes,
      },
      known,
    ) as Record<string, unknown>;
    for (const name of [...(this.#data.idToken.omits ?? []), ...omits]) delete claims[name];
    const header = { alg: 'RS256', kid: this.#signingKey.kid ?? '', typ: 'JWT' };
    const idToken = await new SignJWT(claims).setProtectedHeader(header).sign(this.#key);
    return filled(shape, {
      ...known,
      access_token: inner.access_token,
      id_token: idToken,
      refresh_token: grant.offline ? refreshToken : undefined,
    });
  }

  async revoke(form: URLSearchParams): Promise<{ status: number; body?: object }> {
    this.counts.revocation += 1;
    const token = form.get('token') ?? '';
    const grant = this.#refreshTokens.get(token);
    if (!this.#data.revocation) throw new Refusal('there is no revocation');
    if (!grant) return this.#data.revocation.dead;
    for (const [known, { session }] of this.#refreshTokens)
      if (session === grant.session) this.#refreshTokens.delete(known);
    const body = new URLSearchParams({ token: grant.inner ?? '', client_id: this.#behind.clientId });
    await fetch(`${this.#behind.issuer}/token/revocation`, { method: 'POST', body });
    return this.#data.revocation.alive;
  }
}

function withoutPort(address: string): string {
  const url = new URL(address);
  url.port = '';
  return url.href;
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
