import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildAuthorizationUrlWithPAR,
  type ClientAuth,
  type ClientMetadata,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  calculatePKCECodeChallenge,
  clockSkew,
  customFetch,
  type DeviceAuthorizationResponse,
  enableNonRepudiationChecks,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  ResponseBodyError,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  type ServerMetadata,
  setJwksCache,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
  tokenRevocation,
} from 'openid-client';
import { DaypassError } from '../errors.ts';
import { boundedFetch } from '../network/bounded-fetch.ts';
import type { ClientSettings } from '../settings/settings.ts';
import { discover } from './discovery.ts';
import { isPlainUrl, isSafeEndpoint } from './endpoint-gate.ts';
import { checkIdToken, type EarlierToken, type IdTokenClaims } from './id-token.ts';
import { networkError, notJson } from './network-error.ts';
import { again, authorizationError, isRefusal, noIdToken, providerError } from './provider-error.ts';

/**
 * Milliseconds for an answer of the token endpoint. Longer than for others: after a refresh without an answer it is unknown whether
 * the token was spent.
 */
const tokenDeadline = 20_000;

/** The tokens of one checked answer. */
export interface Tokens {
  idToken: string;
  claims: IdTokenClaims;
  refreshToken?: string;
}

/** One authorization request: the URL for the browser, and the values to check its answer. */
export interface AuthorizationRequest {
  url: string;
  state: string;
  redirectUri: string;
  nonce: string;
  codeVerifier: string;
}

/** A device code and the address at which the person types it in (RFC 8628 3.2). */
export interface DeviceRequest {
  userCode: string;
  verificationUri: string;
  /** Seconds. */
  expiresIn: number;
  answer: DeviceAuthorizationResponse;
}

/** The provider no longer accepts the posted refresh token. This says nothing about other tokens. */
export class RefreshTokenRefused extends Error {}

/** The refresh returned no ID token, which OIDC Core 12.2 allows. Only a browser sign-in returns one. */
export class RefreshWithoutIdToken extends Error {}

/** The provider refused with another error than `invalid_grant`: the token may be valid, but a person must sign in. */
export class RefreshNeedsPerson extends DaypassError {}

/** One provider as one client sees it. Only this class calls openid-client. */
export class Provider {
  readonly metadata: ServerMetadata;
  /** Seconds that the provider's clock is ahead of ours. */
  readonly clockSkew: number;
  readonly #settings: ClientSettings;
  readonly #configuration: Configuration;
  /** The URL of the last request, since the endpoints of one provider can be on several hosts. */
  #asked: string;
  #captureRefresh: ((refreshToken: string) => Promise<void>) | undefined;

  /** Reads and checks the metadata. Throws as `discover` does. */
  static async discover(settings: ClientSettings): Promise<Provider> {
    const found = await discover(settings.issuer);
    return new Provider(settings, found.metadata, found.clockSkew);
  }

  private constructor(settings: ClientSettings, metadata: ServerMetadata, skew: number) {
    this.metadata = metadata;
    this.clockSkew = skew;
    this.#settings = settings;
    this.#asked = settings.issuer;
    const client: Partial<ClientMetadata> = { [clockSkew]: skew };
    this.#configuration = new Configuration(metadata, settings.clientId, client, this.#clientAuth());
    // Our fetch has its own deadline, which does not expire while a laptop sleeps.
    this.#configuration.timeout = 0;
    this.#configuration[customFetch] = (url, options) => this.#fetch(url, options as RequestInit);
    // OIDC Core 3.1.3.7 (6) allows TLS to replace the signature. AWS checks it, so it is checked before anything is stored.
    enableNonRepudiationChecks(this.#configuration);
    // The settings and the gate allow http on literal loopback only.
    if (new URL(settings.issuer).protocol === 'http:') allowInsecureRequests(this.#configuration);
  }

  /** The scopes to request: as configured, else those that a silent renewal needs and the provider offers. */
  get scopes(): readonly string[] {
    if (this.#settings.scopes) return this.#settings.scopes;
    const offline = lists(this.metadata.scopes_supported, 'offline_access');
    return ['openid', 'email', ...(offline ? ['offline_access'] : [])];
  }

  /** Builds an authorization request with PKCE, `state` and `nonce`. Throws `bad-discovery` and `provider-…`. */
  async authorizationRequest(redirectUri: string): Promise<AuthorizationRequest> {
    const [state, nonce, codeVerifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    const parameters = {
      ...this.#settings.authorizeParams,
      redirect_uri: redirectUri,
      scope: this.scopes.join(' '),
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    };
    const { href: url } = await (this.metadata.require_pushed_authorization_requests
      ? buildAuthorizationUrlWithPAR(this.#configuration, parameters).catch((error) => {
          throw this.#failure(error, null);
        })
      : buildAuthorizationUrl(this.#configuration, parameters));
    if (!isPlainUrl(url)) {
      throw new DaypassError(
        'bad-discovery',
        'the sign-in address has characters that are not safe in the arguments of a browser',
        {
          hint: 'check daypass_authorize_params',
        },
      );
    }
    return { url, state, redirectUri, nonce, codeVerifier };
  }

  /** Exchanges the callback's code for tokens. Throws `denied`, `provider-…` or `bad-id-token`. */
  async exchange(request: AuthorizationRequest, callback: URLSearchParams): Promise<Tokens> {
    // RFC 6749 3.1.2: the redirect URI is the registered one, never one from a request's Host.
    const url = new URL(request.redirectUri);
    url.search = callback.toString();
    const { max_age: maxAge } = this.#settings.authorizeParams;
    try {
      const answer = await authorizationCodeGrant(this.#configuration, url, {
        expectedState: request.state,
        expectedNonce: request.nonce,
        pkceCodeVerifier: request.codeVerifier,
        idTokenExpected: true,
        ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
      });
      return this.#tokens(answer);
    } catch (error) {
      throw this.#failure(error, callback.get('code'));
    }
  }

  /** Requests a device code. Throws `bad-configuration` if the provider has no device flow, and `provider-…`. */
  async deviceAuthorization(): Promise<DeviceRequest> {
    if (!this.metadata.device_authorization_endpoint) {
      throw new DaypassError('bad-configuration', `${this.#settings.issuer} has no device-code sign-in`, {
        hint: 'set daypass_device_code = false to sign in through the browser',
      });
    }
    let answer: DeviceAuthorizationResponse;
    try {
      answer = await initiateDeviceAuthorization(this.#configuration, {
        ...this.#settings.authorizeParams,
        scope: this.scopes.join(' '),
      });
    } catch (error) {
      throw this.#failure(error, null);
    }
    const { user_code: userCode, verification_uri: verificationUri, expires_in: expiresIn } = answer;
    // RFC 8628 3.2: 5 s by default. No provider intends several requests a second.
    const interval = Math.max(1, answer.interval ?? 5);
    // A terminal shows both, and the person types one into a browser.
    if (!isSafeEndpoint(verificationUri) || !/^[\w -]{4,40}$/.test(userCode))
      throw badDeviceCode('the code or the address of its device-code sign-in cannot be shown');
    if (interval >= expiresIn)
      throw badDeviceCode(
        `its device code expires in ${expiresIn} s, and may be polled only after ${interval} s`,
      );
    const { href } = new URL(verificationUri);
    return { userCode, verificationUri: href, expiresIn, answer: { ...answer, interval } };
  }

  /** Polls until the person has answered on the other device (RFC 8628 3.4, 3.5). Throws `sign-in-timeout`, and as `exchange` does. */
  async pollDevice({ answer }: DeviceRequest, signal: AbortSignal): Promise<Tokens> {
    try {
      return this.#tokens(
        await pollDeviceAuthorizationGrant(this.#configuration, answer, undefined, { signal }),
      );
    } catch (error) {
      if (error instanceof ResponseBodyError && error.error === 'access_denied')
        throw authorizationError(error.error, error.error_description);
      if (error instanceof ResponseBodyError && error.error === 'expired_token')
        throw new DaypassError('sign-in-timeout', 'the code expired before it was typed in', {
          cause: error,
        });
      throw this.#failure(error, answer.device_code);
    }
  }

  /** Fetches the keys before a refresh token is spent, since the answer cannot be checked without them. Throws `provider-…`. */
  async fetchKeys(): Promise<void> {
    const url = String(this.metadata.jwks_uri);
    let response: Response;
    try {
      response = await boundedFetch(url, { headers: { accept: 'application/json' } });
    } catch (error) {
      throw networkError("the provider's keys", url, error);
    }
    const jwks = (await response.json().catch(() => null)) as { keys?: unknown } | null;
    if (response.ok && !jwks) throw notJson(url);
    if (!response.ok || !Array.isArray(jwks?.keys) || jwks.keys.length === 0) {
      throw new DaypassError('provider-failed', `${url} did not answer with keys (${response.status})`, {
        hint: again,
      });
    }
    // Young enough to be used (300 s), and old enough that an unknown key id causes one more request (60 s).
    setJwksCache(this.#configuration, { jwks: jwks as never, uat: Math.floor(Date.now() / 1000) - 61 });
  }

  /**
   * Spends a refresh token; call `fetchKeys` first. A rotated one goes to `onRotated` before the answer is checked, since the old one is
   * invalid by then in any case. Throws RefreshTokenRefused, RefreshWithoutIdToken or a DaypassError.
   */
  async refresh(
    refreshToken: string,
    earlier: EarlierToken,
    onRotated: (refreshToken: string) => Promise<void>,
  ): Promise<Tokens> {
    this.#captureRefresh = onRotated;
    try {
      const answer = await refreshTokenGrant(this.#configuration, refreshToken);
      if (!answer.id_token) throw new RefreshWithoutIdToken();
      return this.#tokens(answer, earlier);
    } catch (error) {
      if (error instanceof ResponseBodyError && error.error === 'invalid_grant')
        throw new RefreshTokenRefused();
      if (isRefusal(error)) {
        const { code, faults, nextStep, cause } = this.#failure(error, refreshToken);
        throw new RefreshNeedsPerson(code, faults, { hint: nextStep, cause });
      }
      throw error instanceof RefreshWithoutIdToken ? error : this.#failure(error, refreshToken);
    } finally {
      this.#captureRefresh = undefined;
    }
  }

  /** Revokes a refresh token (RFC 7009). Returns false if the provider has no revocation endpoint. Throws `provider-…`. */
  async revoke(refreshToken: string): Promise<boolean> {
    if (!this.metadata.revocation_endpoint) return false;
    try {
      await tokenRevocation(this.#configuration, refreshToken, { token_type_hint: 'refresh_token' });
      return true;
    } catch (error) {
      throw this.#failure(error, refreshToken);
    }
  }

  #clientAuth(): ClientAuth {
    const { clientSecret } = this.#settings;
    if (!clientSecret) return None();
    const methods = this.metadata.token_endpoint_auth_methods_supported;
    return !methods || lists(methods, 'client_secret_basic')
      ? ClientSecretBasic(clientSecret)
      : ClientSecretPost(clientSecret);
  }

  #tokens(answer: TokenEndpointResponse & TokenEndpointResponseHelpers, earlier?: EarlierToken): Tokens {
    const claims = answer.claims() as IdTokenClaims | undefined;
    if (!claims || !answer.id_token) {
      throw noIdToken();
    }
    checkIdToken(answer.id_token, claims, {
      clientId: this.#settings.clientId,
      now: Date.now() / 1000 + this.clockSkew,
      ...(earlier ? { earlier } : {}),
    });
    return {
      idToken: answer.id_token,
      claims,
      ...(answer.refresh_token ? { refreshToken: answer.refresh_token } : {}),
    };
  }

  #failure(error: unknown, posted: string | null): DaypassError {
    return providerError(error, { asked: this.#asked, posted });
  }

  async #fetch(url: string, options: RequestInit): Promise<Response> {
    this.#asked = url;
    const { token_endpoint, revocation_endpoint } = this.metadata;
    const response = await boundedFetch(url, options, url === token_endpoint ? tokenDeadline : undefined);
    // RFC 7009 2.2: the body of a revocation's answer has no meaning.
    if (response.ok && url !== revocation_endpoint && !isJson(response)) throw notJson(url);
    if (this.#captureRefresh && url === token_endpoint && response.ok) {
      const body: unknown = await response
        .clone()
        .json()
        .catch(() => undefined);
      const rotated = (body as { refresh_token?: unknown } | undefined)?.refresh_token;
      if (typeof rotated === 'string' && rotated) await this.#captureRefresh(rotated);
    }
    return response;
  }
}

/** Returns whether metadata lists a value. Metadata comes from outside, so `values` may have any type. */
function lists(values: unknown, value: string): boolean {
  return Array.isArray(values) && values.includes(value);
}

function isJson({ headers }: Response): boolean {
  // RFC 6839 3.1, RFC 7517 8.5.1: keys may be application/jwk-set+json.
  return /^application\/([\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '');
}

function badDeviceCode(fault: string): DaypassError {
  return new DaypassError('provider-failed', fault, {
    hint: "contact your identity provider's administrator, or set daypass_device_code = false",
  });
}
