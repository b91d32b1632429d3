import * as openid from 'openid-client';
import { DaypassError } from '../errors.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import type { ClientSettings } from '../settings/settings.ts';
import { type Discovered, discover, lists } from './discovery.ts';
import { isPlainUrl, isSafeEndpoint, isUserCode } from './endpoint-gate.ts';
import { checkIdToken, type EarlierToken, type IdTokenClaims } from './id-token.ts';
import { notJson, providerFailed, requestJson } from './network-error.ts';
import {
  again,
  authorizationError,
  deviceError,
  noIdToken,
  providerError,
  RefreshWithoutIdToken,
  refreshError,
} from './provider-error.ts';

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

/** A device code and the address at which the person types it in (RFC 8628 3.2). */
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
  /** Seconds that the provider's clock is ahead of ours. */
  readonly clockSkew: number;
  readonly #settings: ClientSettings;
  readonly #configuration: openid.Configuration;
  /** The URL of the last request, since the endpoints of one provider can be on several hosts. */
  #asked: string;
  /** The redirect address of the code that is exchanged, as it was sent for it. */
  #redirectUri: string | undefined;
  /** Set during a refresh. */
  #onRotated: OnRotated | undefined;

  /** Reads and checks the metadata. Throws as `discover` does. */
  static async discover(settings: ClientSettings): Promise<Provider> {
    return new Provider(settings, await discover(settings.issuer));
  }

  private constructor(settings: ClientSettings, { metadata, clockSkew }: Discovered) {
    this.metadata = metadata;
    this.clockSkew = clockSkew;
    this.#settings = settings;
    this.#asked = settings.issuer;
    const client = { [openid.clockSkew]: clockSkew };
    this.#configuration = new openid.Configuration(metadata, settings.clientId, client, this.#clientAuth());
    // Our fetch has its own deadline, which does not expire while a laptop sleeps.
    this.#configuration.timeout = 0;
    this.#configuration[openid.customFetch] = (url, options) => this.#fetch(url, options as RequestInit);
    // OIDC Core 3.1.3.7 (6) allows TLS instead of the signature. AWS checks it, so check before storing.
    openid.enableNonRepudiationChecks(this.#configuration);
    // The settings and the gate allow http on literal loopback only.
    if (new URL(settings.issuer).protocol === 'http:') openid.allowInsecureRequests(this.#configuration);
  }

  /** The scopes to request: as configured, else those that a silent renewal needs and the provider offers. */
  get #scope(): string {
    const offline = lists(this.metadata.scopes_supported, 'offline_access') ? ' offline_access' : '';
    return this.#settings.scopes?.join(' ') ?? `openid email${offline}`;
  }

  /** Builds a request with PKCE, `state` and `nonce`. Throws `bad-discovery` and `provider-…`. */
  async authorizationRequest(redirectUri: string): Promise<AuthorizationRequest> {
    const state = openid.randomState();
    const nonce = openid.randomNonce();
    const codeVerifier = openid.randomPKCECodeVerifier();
    const parameters = {
      ...this.#settings.authorizeParams,
      redirect_uri: redirectUri,
      scope: this.#scope,
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    };
    const { href: url } = this.metadata.require_pushed_authorization_requests
      ? await openid
          .buildAuthorizationUrlWithPAR(this.#configuration, parameters)
          .catch((error) => this.#fail(error, null))
      : openid.buildAuthorizationUrl(this.#configuration, parameters);
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
      return this.#tokens(answer);
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
    const parameters = { ...this.#settings.authorizeParams, scope: this.#scope };
    const answer = await openid
      .initiateDeviceAuthorization(this.#configuration, parameters)
      .catch((error) => this.#fail(error, null));
    const { user_code: userCode, verification_uri: verificationUri, expires_in: expiresIn } = answer;
    const hint = "contact your identity provider's administrator, or set daypass_device_code = false";
    // RFC 8628 3.2: 5 s by default. No provider intends several requests a second.
    const interval = Math.max(1, answer.interval ?? 5);
    if (!isSafeEndpoint(verificationUri) || !isUserCode(userCode))
      throw providerFailed('the code or the address of its device-code sign-in cannot be shown', hint);
    if (interval >= expiresIn) {
      const fault = `its device code expires in ${expiresIn} s, and may be polled only after ${interval} s`;
      throw providerFailed(fault, hint);
    }
    const { href } = new URL(verificationUri);
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
    const response = await requestJson("the provider's keys", url);
    const jwks = (await response.json().catch(() => null)) as { keys?: unknown } | null;
    if (response.ok && !jwks) throw notJson(url);
    if (!response.ok || !Array.isArray(jwks?.keys) || jwks.keys.length === 0)
      throw providerFailed(`${url} did not answer with keys (${response.status})`, again);
    // Young enough to be used (300 s), and old enough that an unknown key id causes one more request (60 s).
    const uat = Math.floor(Date.now() / 1000) - 61;
    openid.setJwksCache(this.#configuration, { jwks: jwks as never, uat });
  }

  /**
   * Spends a refresh token; call `fetchKeys` first. A rotated one goes to `onRotated` before the answer is
   * checked, since the old one is invalid by then. Throws what `refreshError` returns.
   */
  async refresh(refreshToken: string, earlier: EarlierToken, onRotated: OnRotated): Promise<Tokens> {
    this.#onRotated = onRotated;
    try {
      const answer = await openid.refreshTokenGrant(this.#configuration, refreshToken);
      if (!answer.id_token) throw new RefreshWithoutIdToken();
      return this.#tokens(answer, earlier);
    } catch (error) {
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
      .catch((error) => this.#fail(error, refreshToken));
    return true;
  }

  #clientAuth(): openid.ClientAuth {
    const { clientSecret } = this.#settings;
    if (!clientSecret) return openid.None();
    const methods = this.metadata.token_endpoint_auth_methods_supported;
    const basic = !methods || lists(methods, 'client_secret_basic');
    return basic ? openid.ClientSecretBasic(clientSecret) : openid.ClientSecretPost(clientSecret);
  }

  #tokens(answer: TokenAnswer, earlier?: EarlierToken): Tokens {
    const claims = answer.claims() as IdTokenClaims | undefined;
    if (!claims || !answer.id_token) throw noIdToken();
    const now = Date.now() / 1000 + this.clockSkew;
    checkIdToken(answer.id_token, claims, { clientId: this.#settings.clientId, now, earlier });
    return { idToken: answer.id_token, claims, refreshToken: answer.refresh_token || undefined };
  }

  /** Throws an error of openid-client as ours. `posted` is the secret that the last request sent. */
  #fail(error: unknown, posted: string | null, translate: typeof refreshError = providerError): never {
    throw translate(error, { asked: this.#asked, posted });
  }

  async #fetch(url: string, options: RequestInit): Promise<Response> {
    this.#asked = url;
    const { token_endpoint, revocation_endpoint } = this.metadata;
    // RFC 6749 4.1.3: the same text as before. openid-client adds a slash to an address without a path.
    if (
      this.#redirectUri !== undefined &&
      options.body instanceof URLSearchParams &&
      options.body.has('redirect_uri')
    )
      options.body.set('redirect_uri', this.#redirectUri);
    const response = await boundedFetch(url, options, url === token_endpoint ? tokenDeadline : undefined);
    // RFC 6839 3.1, RFC 7517 8.5.1: keys may be application/jwk-set+json.
    const isJson = /^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '');
    // RFC 7009 2.2: the body of a revocation's answer has no meaning.
    if (response.ok && url !== revocation_endpoint && !isJson) throw notJson(url);
    if (this.#onRotated && url === token_endpoint && response.ok) {
      const copy = response.clone();
      const body = (await copy.json().catch(() => null)) as { refresh_token?: unknown } | null;
      const rotated = body?.refresh_token;
      if (typeof rotated === 'string' && rotated) await this.#onRotated(rotated);
    }
    return response;
  }
}
