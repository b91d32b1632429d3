import { createHmac, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Text as it is, everything else as JSON. */
  body?: unknown;
}

/** A provider that says what a test makes it say, well-formed or not. */
export interface HostileProvider {
  issuer: string;
  /** Replaces single fields of the metadata. */
  metadata: Record<string, unknown>;
  jwks: () => Answer;
  token: (form: URLSearchParams) => Answer;
  /** Milliseconds that its Date header is ahead. */
  clockAhead: number;
  /** The paths that were asked for, in order. */
  requests: string[];
  stop(): void;
}

export async function startHostileProvider(): Promise<HostileProvider> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: HostileProvider = {
    issuer,
    metadata: {},
    jwks: () => ({ status: 500 }),
    token: () => ({ status: 500 }),
    clockAhead: 0,
    requests: [],
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  server.on('request', async (request, response) => {
    const path = request.url ?? '';
    provider.requests.push(path);
    response.setHeader('date', new Date(Date.now() + provider.clockAhead).toUTCString());
    if (path === '/jwks') return send(response, provider.jwks());
    if (path === '/token') return send(response, provider.token(new URLSearchParams(await text(request))));
    if (path !== '/.well-known/openid-configuration') return send(response, { status: 404 });
    return send(response, {
      body: {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256'],
        ...provider.metadata,
      },
    });
  });
  return provider;
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
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

/** A JWS by the algorithm in its header, sound or not: a library would refuse to make most of these. */
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
