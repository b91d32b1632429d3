import * as openid from 'openid-client';
import { DaypassError } from '../errors.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import { clockSkew } from '../network/clock-skew.ts';
import type { ClientSettings } from '../settings/settings.ts';
import { ClientAuthentication } from './client-authentication.ts';
import { type Discovered, discover } from './discovery.ts';
import { isPlainUrl, isSafeEndpoint, isUserCode } from './endpoint-gate.ts';
import { checkIdToken, type IdTokenClaims, isOtherIssuer, otherIdentity } from './id-token.ts';
import { providerFailed, requestJson } from './network-error.ts';
import {
  authorizationError,
  deviceError,
  isRevokedAlready,
  noIdToken,
  providerError,
  RefreshWithoutIdToken,
  refreshError,
} from './provider-error.ts';
import { type RequestKind, readAnswer, refreshTokenIn } from './read-answer.ts';
import { Scopes } from './scopes.ts';

/** Milliseconds, longer than elsewhere: a refresh without an answer may have spent its token. */
const tokenDeadline = 20_000;

/** The tokens of one checked answer. */
export interface Tokens {
  idToken: string;
  claims: IdTokenClaims;
  refreshToken?: string | undefined;
}

/** One authorization request: the URL for the browser, and the values to check its answer. */
interface AuthorizationRequest {
  url: string;
  state: string;
  redirectUri: string;
  nonce: string;
  codeVerifier: string;
}

/** A device code and the address at which the person types it in or finds it (RFC 8628 3.2). */
interface DeviceRequest {
  userCode: string;
  verificationUri: string;
  /** Seconds. */
  expiresIn: number;
  answer: openid.DeviceAuthorizationResponse;
}

type OnRotated = (refreshToken: string) => Promise<void>;
type TokenAnswer = openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers;

/** One provider as one client sees it. Only this class calls openid-client. */
export class Provider {
  readonly metadata: openid.ServerMetadata;
  /** Seconds that the provider's clock is ahead of ours, by its last answer to a code or a refresh token. */
  clockSkew = 0;
  readonly #settings: ClientSettings;
  readonly #configuration: openid.Configuration;
  readonly #authentication: ClientAuthentication;
  /** The URL of the last request, since the endpoints of one provider can be on several hosts. */
  #asked: string;
  readonly #scopes: Scopes;
  /** The redirect address of the code that is exchanged, as it was sent for it. */
  #redirectUri: string | undefined;
  /** Set during a refresh. */
  #onRotated: OnRotated | undefined;

  /** Reads and checks the metadata. Throws as `discover` does. */
  static async discover(settings: ClientSettings): Promise<Provider> {
    return new Provider(settings, await discover(settings));
  }

  private constructor(settings: ClientSettings, { metadata }: Discovered) {
    this.metadata = metadata;
    this.#settings = settings;
    this.#asked = settings.issuer;
    this.#scopes = new Scopes(settings.scopes, metadata.scopes_supported);
    // The provider's clock is not known before its answer, so checkIdToken alone compares times.
    const client = { [openid.clockTolerance]: Number.MAX_SAFE_INTEGER };
    // Our fetch adds the client secret.
    this.#configuration = new openid.Configuration(metadata, settings.clientId, client, openid.None());
    this.#authentication = new ClientAuthentication(settings, metadata.token_endpoint_auth_methods_supported);
    // Our fetch has its own deadline, which does not expire while a laptop sleeps.
    this.#configuration.timeout = 0;
    this.#configuration[openid.customFetch] = (url, options) => this.#fetch(url, options as RequestInit);
    // OIDC Core 3.1.3.7 (6) allows TLS instead of the signature. AWS checks it, so check before storing.
    openid.enableNonRepudiationChecks(this.#configuration);
    // The settings and the gate allow http on literal loopback only.
    if (new URL(settings.issuer).protocol === 'http:') openid.allowInsecureRequests(this.#configuration);
  }

  /** Makes a request, and makes it again with fewer scopes if the provider refuses those of daypass. */
  async #withScopes<Answer>(request: (scope: string) => Promise<Answer>): Promise<Answer> {
    return await request(this.#scopes.text).catch((error) => {
      const refused = error instanceof openid.ResponseBodyError && error.error;
      return this.#scopes.leaveOut(refused) ? this.#withScopes(request) : this.#fail(error, null);
    });
  }

  /** Returns the URL of a request with fewer scopes if its `error` refuses those of daypass, else undefined. */
  withFewerScopes(url: string, error: string | null): string | undefined {
    const again = new URL(url);
    // The scopes of a pushed request are not in its URL: it was refused when it was pushed.
    if (!again.searchParams.has('scope') || !this.#scopes.leaveOut(error)) return undefined;
    again.searchParams.set('scope', this.#scopes.text);
    return again.href;
  }

  /**
   * Builds a request with PKCE, `state` and `nonce`. `accountHint` is the login_hint unless the settings have
   * one. Throws `bad-discovery` and `provider-…`.
   */
  async authorizationRequest(redirectUri: string, accountHint?: string): Promise<AuthorizationRequest> {
    const state = openid.randomState();
    const nonce = openid.randomNonce();
    const codeVerifier = openid.randomPKCECodeVerifier();
    const parameters = {
      ...(accountHint ? { login_hint: accountHint } : {}),
      ...this.#settings.authorizeParams,
      redirect_uri: redirectUri,
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    };
    const { href: url } = this.metadata.require_pushed_authorization_requests
      ? await this.#withScopes((scope) =>
          openid.buildAuthorizationUrlWithPAR(this.#configuration, { ...parameters, scope }),
        )
      : openid.buildAuthorizationUrl(this.#configuration, { ...parameters, scope: this.#scopes.text });
    if (!isPlainUrl(url)) {
      const fault = 'the sign-in address has characters that are not safe in the arguments of a browser';
      throw new DaypassError('bad-discovery', fault, { hint: 'check daypass_authorize_params' });
    }
    return { url, state, redirectUri, nonce, codeVerifier };
  }

  /** Exchanges the callback's code for tokens. Throws `denied`, `provider-…` or `bad-id-token`. */
  async exchange(request: AuthorizationRequest, callback: URLSearchParams): Promise<Tokens> {
    // RFC 6749 3.1.2: the redirect URI is the registered one, never one from a request's Host.
    this.#redirectUri = request.redirectUri;
    const url = new URL(request.redirectUri);
    url.search = callback.toString();
    const { max_age: maxAge } = this.#settings.authorizeParams;
    const refused = callback.get('error');
    // openid-client would first require the `iss` that a provider promises.
    if (refused !== null) throw authorizationError(refused, callback.get('error_description'));
    try {
      const answer = await openid.authorizationCodeGrant(this.#configuration, url, {
        expectedState: request.state,
        expectedNonce: request.nonce,
        pkceCodeVerifier: request.codeVerifier,
        idTokenExpected: true,
        ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
      });
      return this.#tokens(answer, { maxAge });
    } catch (error) {
      return this.#fail(error, callback.get('code'));
    }
  }

  /** Requests a device code. Throws `bad-configuration` without a device endpoint, and `provider-…`. */
  async deviceAuthorization(): Promise<DeviceRequest> {
    if (!this.metadata.device_authorization_endpoint) {
      throw new DaypassError('bad-configuration', `${this.#settings.issuer} has no device-code sign-in`, {
        hint: 'set daypass_device_code = false to sign in through the browser',
      });
    }
    const answer = await this.#withScopes((scope) =>
      openid.initiateDeviceAuthorization(this.#configuration, { ...this.#settings.authorizeParams, scope }),
    );
    const { user_code: userCode, verification_uri: verificationUri, expires_in: expiresIn } = answer;
    const hint = "contact your identity provider's administrator, or set daypass_device_code = false";
    // No provider intends several requests a second.
    const interval = Math.max(1, answer.interval ?? 5);
    if (!isSafeEndpoint(verificationUri) || !isUserCode(userCode))
      throw providerFailed('the code or the address of its device-code sign-in cannot be shown', hint);
    if (interval >= expiresIn) {
      const fault = `its device code expires in ${expiresIn} s, and may be polled only after ${interval} s`;
      throw providerFailed(fault, hint);
    }
    // RFC 8628 3.3.1: the person need not type the code in.
    const complete = answer.verification_uri_complete;
    const { href } = new URL(isSafeEndpoint(complete) ? complete : verificationUri);
    return { userCode, verificationUri: href, expiresIn, answer: { ...answer, interval } };
  }

  /** Polls until the person answers (RFC 8628 3.4, 3.5). Throws as `exchange` does, and `sign-in-timeout`. */
  async pollDevice({ answer }: DeviceRequest, signal: AbortSignal): Promise<Tokens> {
    try {
      const polling = openid.pollDeviceAuthorizationGrant(this.#configuration, answer, undefined, { signal });
      return this.#tokens(await polling);
    } catch (error) {
      return this.#fail(error, answer.device_code, deviceError);
    }
  }

  /** Fetches the keys before a refresh spends its token, since they check the answer. Throws `provider-…`. */
  async fetchKeys(): Promise<void> {
    const url = String(this.metadata.jwks_uri);
    const { caBundle } = this.#settings;
    const answer = await readAnswer('keys', await requestJson("the provider's keys", url, { caBundle }));
    const jwks = await answer.json();
    // Young enough to be used (300 s), and old enough that an unknown key id causes one more request (60 s).
    const uat = Math.floor(Date.now() / 1000) - 61;
    openid.setJwksCache(this.#configuration, { jwks: jwks as never, uat });
  }

  /**
   * Spends a refresh token; call `fetchKeys` first. A rotated one goes to `onRotated` before the answer is
   * checked, since the old one is invalid by then. Throws what `refreshError` returns.
   */
  async refresh(refreshToken: string, sub: string, onRotated: OnRotated): Promise<Tokens> {
    this.#onRotated = onRotated;
    try {
      const answer = await openid.refreshTokenGrant(this.#configuration, refreshToken);
      if (!answer.id_token) throw new RefreshWithoutIdToken();
      return this.#tokens(answer, { sub });
    } catch (error) {
      if (isOtherIssuer(error)) throw otherIdentity('issuer');
      return this.#fail(error, refreshToken, refreshError);
    } finally {
      this.#onRotated = undefined;
    }
  }

  /** Revokes a refresh token (RFC 7009). Returns false without a revocation endpoint. Throws `provider-…`. */
  async revoke(refreshToken: string): Promise<boolean> {
    if (!this.metadata.revocation_endpoint) return false;
    await openid
      .tokenRevocation(this.#configuration, refreshToken, { token_type_hint: 'refresh_token' })
      .catch((error) => isRevokedAlready(error) || this.#fail(error, refreshToken));
    return true;
  }

  #tokens(answer: TokenAnswer, expected: { sub?: string; maxAge?: string | undefined } = {}): Tokens {
    const claims = answer.claims() as IdTokenClaims | undefined;
    if (!claims || !answer.id_token) throw noIdToken();
    const now = Date.now() / 1000 + this.clockSkew;
    checkIdToken(answer.id_token, claims, { clientId: this.#settings.clientId, now, ...expected });
    return { idToken: answer.id_token, claims, refreshToken: answer.refresh_token || undefined };
  }

  /** Throws an error of openid-client as ours. `posted` is the secret that the last request sent. */
  #fail(error: unknown, posted: string | null, translate: typeof refreshError = providerError): never {
    const { caBundle } = this.#settings;
    throw translate(error, { asked: this.#asked, posted, metadata: this.metadata, caBundle });
  }

  async #fetch(url: string, options: RequestInit): Promise<Response> {
    this.#asked = url;
    // RFC 6749 4.1.3: the same text as before. openid-client adds a slash to an address without a path.
    if (
      this.#redirectUri !== undefined &&
      options.body instanceof URLSearchParams &&
      options.body.has('redirect_uri')
    )
      options.body.set('redirect_uri', this.#redirectUri);
    const asksTokens = url === this.metadata.token_endpoint;
    const { caBundle } = this.#settings;
    const deadline = asksTokens ? tokenDeadline : undefined;
    const response = await this.#authentication.send(options, async (sent) => {
      const asked = Date.now();
      const received = await boundedFetch(url, sent, { deadline, caBundle });
      if (asksTokens) this.clockSkew = clockSkew(received, asked) ?? 0;
      return received;
    });
    const rotated = this.#onRotated && asksTokens ? await refreshTokenIn(response) : undefined;
    if (rotated) await this.#onRotated?.(rotated);
    return await readAnswer(this.#kindOf(url), response, options.body);
  }

  #kindOf(url: string): RequestKind {
    const { metadata } = this;
    if (url === metadata.token_endpoint) return 'tokens';
    if (url === metadata.device_authorization_endpoint) return 'device';
    if (url === metadata.pushed_authorization_request_endpoint) return 'pushed';
    return url === metadata.revocation_endpoint ? 'revocation' : 'keys';
  }
}
