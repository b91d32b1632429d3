import type { ClientSettings } from '../settings/settings.ts';

/** How a client proves itself: by the header, as RFC 6749 2.3.1 or literally encoded, or in the body. */
type Method = 'basic' | 'basic-literal' | 'post';

type Post = (options: RequestInit) => Promise<Response>;

/**
 * Sends the client secret as the provider reads it. Providers disagree on the Basic header: RFC 6749 2.3.1
 * encodes it as a form, and many decode it literally. `send` tries the next way after a refusal of the client,
 * before which a provider has looked at no code and no token (RFC 6749 5.2).
 */
export class ClientAuthentication {
  readonly #clientId: string;
  readonly #secret: string | undefined;
  /** Those that may work. The first one is known to work once a request was answered. */
  #methods: Method[];

  constructor({ clientId, clientSecret }: ClientSettings, listed: readonly unknown[] | undefined) {
    this.#clientId = clientId;
    this.#secret = clientSecret;
    this.#methods = methodsFor(`${clientId}${clientSecret ?? ''}`, clientId, listed);
  }

  /** Sends a request with the secret, if the client has one. `post` is called once for each way. */
  async send(options: RequestInit, post: Post): Promise<Response> {
    const { body } = options;
    if (this.#secret === undefined || !(body instanceof URLSearchParams)) return await post(options);
    let first: Response | undefined;
    for (const [index, method] of this.#methods.entries()) {
      const response = await post(this.#with(method, options, body));
      if (!(await refusesClient(response))) {
        this.#methods = this.#methods.slice(index);
        return response;
      }
      first ??= response;
    }
    // The first one is that of the way that the provider names.
    return first as Response;
  }

  #with(method: Method, options: RequestInit, form: URLSearchParams): RequestInit {
    const body = new URLSearchParams(form);
    const headers = new Headers(options.headers);
    const secret = this.#secret ?? '';
    if (method === 'post') body.set('client_secret', secret);
    else {
      body.delete('client_id');
      const encode = method === 'basic' ? formEncoded : (text: string) => text;
      const pair = `${encode(this.#clientId)}:${encode(secret)}`;
      headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
    }
    return { ...options, body, headers: Object.fromEntries(headers) };
  }
}

/**
 * Returns the ways to try. A header whose text has no `%`, `+` or character beyond ASCII, and no `:` in the
 * client id, is the same for both kinds of providers. Any other goes into the body where the provider takes it.
 */
function methodsFor(text: string, clientId: string, listed: readonly unknown[] | undefined): Method[] {
  const takes = (name: string) => listed?.includes(name) === true;
  const alike = /^[\x20-\x7e]*$/.test(text) && !/[%+]/.test(text) && !clientId.includes(':');
  const basic: Method[] = alike ? ['basic-literal'] : ['basic', 'basic-literal'];
  // OIDC Discovery 3: client_secret_basic is the default.
  if (!takes('client_secret_post'))
    return takes('client_secret_basic') || !listed ? basic : [...basic, 'post'];
  if (!takes('client_secret_basic')) return ['post'];
  return alike ? [...basic, 'post'] : ['post', ...basic];
}

/** Encodes as a form, which leaves letters, digits and `*-._` as they are (RFC 6749 Appendix B). */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** Returns whether the provider refused the client itself, and not its request. */
async function refusesClient(response: Response): Promise<boolean> {
  const { status } = response;
  if (status !== 400 && status !== 401) return false;
  const body = (await response
    .clone()
    .json()
    .catch(() => null)) as { error?: unknown } | null;
  // Keycloak says unauthorized_client for a wrong secret, with status 401.
  if (status === 401) return !body?.error || /^(invalid|unauthorized)_client$/.test(String(body.error));
  return body?.error === 'invalid_client';
}
