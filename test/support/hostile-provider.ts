import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { freePort } from './free-port.ts';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Text is sent unchanged, and everything else as JSON. */
  body?: unknown;
  /** Cuts the connection in the middle of the body, or before the answer if there is no body. */
  cut?: boolean;
}

/** The differences of a token answer from a good one. An undefined claim or field is omitted. */
export interface Difference {
  header?: Part;
  claims?: Part;
  key?: SigningKey;
  /** Replaces the ID token. */
  idToken?: (good: string) => unknown;
  fields?: Record<string, unknown>;
  /** Replaces the whole answer. */
  answer?: Answer;
}

/** A function is called for each answer, for values that depend on the time or the provider's port. */
export type Part = Record<string, unknown> | ((provider: HostileProvider) => Record<string, unknown>);

/**
 * A provider whose answers a test can replace, well-formed or not. By default it is honest: it has one public
 * client, accepts codes and refresh tokens once, and signs in without a page.
 */
export interface HostileProvider {
  issuer: string;
  /** The address of the keys over http, because the local STS trusts no private authority. */
  jwksUri: string;
  /** The server of an issuer with https. */
  tlsServer: TlsServer | undefined;
  clientId: string;
  /** The key of honest tokens. */
  key: SigningKey;
  /** Replaces fields of the metadata. */
  metadata: Record<string, unknown>;
  discovery: (request: IncomingMessage, response: ServerResponse, honest: Answer) => Answer | undefined;
  authorize: (parameters: URLSearchParams, honest: Answer) => Answer;
  jwks: () => Answer | Promise<Answer>;
  token: (form: URLSearchParams, authorization?: string) => Answer | Promise<Answer>;
  /** Answers a device authorization request (RFC 8628 3.2). The code is approved at once. */
  device: (honest: Record<string, unknown>, scope: string | null) => Answer;
  /** Answers a pushed authorization request (RFC 9126 2.2). */
  pushed: (honest: Record<string, unknown>) => Answer;
  revocation: (form: URLSearchParams, authorization?: string) => Answer | Promise<Answer>;
  /** Returns the answer to a code or a refresh token, with a difference. */
  tokens(form: URLSearchParams, difference?: Difference): Answer;
  /** Makes the provider honest and punctual again. */
  behave(): void;
  /** The milliseconds by which its Date header is ahead. Without a number it sends none. */
  clockAhead: number | undefined;
  /** The requested paths, in order. */
  requests: string[];
  counts: Record<'codeExchange' | 'refresh' | 'revocation' | 'reuse', number>;
  /** Every issued code and token, and every received code verifier. */
  secrets: Set<string>;
  stop(): Promise<void>;
}

/** Starts a hostile provider. With a certificate the issuer is at https://localhost. */
export async function startHostileProvider(tls?: ServerOptions): Promise<HostileProvider> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const plain = `http://127.0.0.1:${portOf(server)}`;
  // Tests close it and open it again at its port.
  const tlsServer = tls && createTlsServer(tls).listen(await freePort(), '127.0.0.1');
  if (tlsServer) await once(tlsServer, 'listening');
  const issuer = tlsServer ? `https://localhost:${portOf(tlsServer)}` : plain;
  honestKey ??= rsaKey('honest');
  const key = honestKey;
  const clientId = 'daypass-test';
  /** The grants by code or refresh token, each valid once. */
  const grants = new Map<string, { claims: Record<string, unknown>; spent: boolean }>();
  const secrets = new Set<string>();
  const secret = (kind: string) => {
    const value = `${kind}-${randomBytes(24).toString('base64url')}`;
    secrets.add(value);
    return value;
  };

  const honest = {
    metadata: {},
    discovery: (_request: IncomingMessage, _response: ServerResponse, answer: Answer) => answer,
    authorize: (_parameters: URLSearchParams, answer: Answer) => answer,
    jwks: (): Answer => ({ body: { keys: [key.jwk] } }),
    token: (form: URLSearchParams) => provider.tokens(form),
    device: (body: Record<string, unknown>): Answer => ({ body }),
    pushed: (body: Record<string, unknown>): Answer => ({ status: 201, body }),
    revocation: (): Answer => ({}),
    clockAhead: 0 as number | undefined,
  };

  const provider: HostileProvider = {
    ...honest,
    issuer,
    jwksUri: `${plain}/jwks`,
    tlsServer,
    clientId,
    key,
    requests: [],
    counts: { codeExchange: 0, refresh: 0, revocation: 0, reuse: 0 },
    secrets,
    behave() {
      Object.assign(provider, honest);
    },
    tokens(form, difference = {}) {
      if (difference.answer) return difference.answer;
      const grant = grants.get(
        form.get('code') ?? form.get('device_code') ?? form.get('refresh_token') ?? '',
      );
      if (!grant || grant.spent) {
        if (grant) provider.counts.reuse += 1;
        return { status: 400, body: { error: 'invalid_grant' } };
      }
      // A refresh token that is not replaced stays valid.
      grant.spent = !form.has('refresh_token') || !('refresh_token' in (difference.fields ?? {}));
      const refreshToken = secret('refresh');
      grants.set(refreshToken, { claims: {}, spent: false });
      const idToken = signedIdToken(provider, difference, grant.claims);
      if (typeof idToken === 'string' && idToken.length > 30) secrets.add(idToken);
      return {
        body: {
          access_token: secret('access'),
          token_type: 'Bearer',
          expires_in: 3600,
          refresh_token: refreshToken,
          id_token: idToken,
          ...difference.fields,
        },
      };
    },
    async stop() {
      for (const each of tlsServer?.listening ? [server, tlsServer] : [server]) {
        const closed = once(each, 'close');
        each.close();
        each.closeAllConnections();
        await closed;
      }
    },
  };

  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '', issuer);
    const own = request.headers['x-uncounted'] === undefined;
    if (own) provider.requests.push(request.url ?? '');
    const { clockAhead } = provider;
    if (clockAhead === undefined) response.sendDate = false;
    else response.setHeader('date', new Date(Date.now() + clockAhead).toUTCString());
    if (pathname === '/authorize') {
      const code = secret('code');
      const nonce = searchParams.get('nonce');
      const signedInNow = searchParams.has('max_age') ? { auth_time: Math.floor(Date.now() / 1000) } : {};
      grants.set(code, { claims: { ...(nonce ? { nonce } : {}), ...signedInNow }, spent: false });
      const location = new URL(searchParams.get('redirect_uri') ?? issuer);
      location.searchParams.set('code', code);
      location.searchParams.set('state', searchParams.get('state') ?? '');
      const answer = { status: 302, headers: { location: location.href } };
      return send(response, provider.authorize(searchParams, answer));
    }
    if (pathname === '/jwks') return send(response, await provider.jwks());
    if (pathname === '/token') {
      const form = new URLSearchParams(await text(request));
      const verifier = form.get('code_verifier');
      if (verifier) secrets.add(verifier);
      provider.counts[form.get('grant_type') === 'refresh_token' ? 'refresh' : 'codeExchange'] += 1;
      return send(response, await provider.token(form, request.headers.authorization));
    }
    // Dex has the second path.
    if (pathname === '/device' || pathname === '/device/code') {
      const scope = new URLSearchParams(await text(request)).get('scope');
      const code = secret('device');
      grants.set(code, { claims: {}, spent: false });
      const shown = { user_code: 'ABCD-EFGH', verification_uri: `${issuer}/approve` };
      const honest = { device_code: code, ...shown, expires_in: 600, interval: 1 };
      return send(response, provider.device(honest, scope));
    }
    if (pathname === '/par') {
      return send(response, provider.pushed({ request_uri: 'urn:example:request', expires_in: 60 }));
    }
    if (pathname === '/revocation') {
      provider.counts.revocation += 1;
      const form = new URLSearchParams(await text(request));
      return send(response, await provider.revocation(form, request.headers.authorization));
    }
    if (pathname !== '/.well-known/openid-configuration') return send(response, { status: 404 });
    const body = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      revocation_endpoint: `${issuer}/revocation`,
      device_authorization_endpoint: `${issuer}/device`,
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['RS256'],
      ...provider.metadata,
    };
    const answer = provider.discovery(request, response, { body });
    return answer && send(response, answer);
  };
  server.on('request', onRequest);
  tlsServer?.on('request', onRequest);
  return provider;
}

/** All providers share one key, because generating a key takes longer than a case. */
let honestKey: SigningKey | undefined;

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

/** Returns an ID token of this provider for its client, with a difference. */
export function signedIdToken(
  provider: HostileProvider,
  difference: Difference,
  claims: Record<string, unknown>,
): unknown {
  const { issuer, clientId } = provider;
  const { key = provider.key } = difference;
  const header: Record<string, unknown> = {
    alg: 'RS256',
    kid: key.kid,
    ...made(difference.header, provider),
  };
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    ...{ iss: issuer, sub: 'ada', aud: clientId, iat: now, exp: now + 3600 },
    ...claims,
    ...made(difference.claims, provider),
  };
  // HS256 with the public key deceives a verifier that trusts the algorithm of the token.
  const publicKey = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const good = jws(header, payload, header.alg === 'HS256' ? publicKey : key.privateKey);
  return difference.idToken ? difference.idToken(good) : good;
}

function made(part: Part | undefined, provider: HostileProvider): Record<string, unknown> {
  return typeof part === 'function' ? part(provider) : (part ?? {});
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', cut }: Answer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if (cut && !text) return void response.destroy();
  const length = cut ? { 'content-length': text.length } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers });
  if (cut) response.write(text.slice(0, text.length / 2), () => response.destroy());
  else response.end(text);
}

export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  jwk: JsonWebKey;
}

export function rsaKey(kid: string, modulusLength = 2048): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
}

export function ecKey(kid: string): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

/** Returns a JWS with the algorithm of its header. A library would refuse to create most of these. */
export function jws(header: { alg?: unknown }, payload: unknown, key: KeyObject | string): string {
  const encoded = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const input = encoded.join('.');
  return `${input}.${signature(header.alg, input, key)}`;
}

function signature(algorithm: unknown, input: string, key: KeyObject | string): string {
  if (algorithm === 'none') return '';
  if (typeof key === 'string') return createHmac('sha256', key).update(input).digest('base64url');
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}
