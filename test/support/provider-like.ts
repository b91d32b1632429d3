import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { importJWK, type JWK } from 'jose';
import type { Certificate } from './certificates.ts';
import { startIdentityProvider } from './identity-provider.ts';
import { filled, type ProviderData } from './provider-data.ts';
import { clientId, ProviderRules, Refusal } from './provider-rules.ts';

export interface ProviderLike {
  issuer: string;
  port: number;
  clientId: string;
  /** The keys over plain http, for an STS that knows no authority of this machine. */
  jwksUri: string;
  counts: { authorization: number; refresh: number; revocation: number };
  /** What the provider refused, and why. */
  refusals: string[];
  /** Rejects at the first refusal, which a person would see as a page of the provider. */
  refused: Promise<never>;
  /** Registers a redirect address. Throws if the real provider would not accept it. */
  register(address: string): void;
  stop(): Promise<void>;
}

/** What the server of a provider needs. */
interface Served {
  rules: ProviderRules;
  issuer: string;
  metadata: Record<string, string>;
  jwksUri: string;
  discoveryAge: number | undefined;
}

/**
 * Starts a provider that answers as its data say, and refuses what the real one refuses. It passes each sign-in
 * to the real `oidc-provider` behind it, so that codes, PKCE, keys and the rotation of tokens are real.
 */
export async function startProviderLike(
  data: ProviderData,
  variant: string,
  { certificate, signingKey }: { certificate: Certificate; signingKey: JWK },
): Promise<ProviderLike> {
  const values = data.variants[variant] ?? { issuer: '' };
  const metadata = filled(data.discovery, values) as Record<string, string>;
  const { issuer } = values;
  const innerRedirect = `${new URL(metadata.authorization_endpoint ?? '').origin}/after-the-sign-in`;
  const behind = await startIdentityProvider({
    signingKeys: [signingKey],
    redirectUris: [innerRedirect],
    autoSignIn: 'ada',
    issueRefreshToken: async () => true,
  });
  const key = await importJWK(signingKey, 'RS256');
  const rules = new ProviderRules({ data, values, innerRedirect, behind, signingKey, key });
  const { jwksUri } = behind;
  const served = { rules, issuer, metadata, jwksUri, discoveryAge: data.discoveryAge };
  const refusals: string[] = [];
  let reject: (error: Error) => void = () => {};
  const refused = new Promise<never>((_resolve, fail) => {
    reject = fail;
  });
  refused.catch(() => {});
  const server = createServer(certificate, (request, response) => {
    serve(served, request, response).catch((error) => {
      const { message, status = 500, body } = error as Refusal;
      refusals.push(message);
      reject(new Error(message));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    issuer,
    port: (server.address() as AddressInfo).port,
    clientId,
    jwksUri,
    counts: rules.counts,
    refusals,
    refused,
    register: (address) => rules.register(address),
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, behind.stop()]);
    },
  };
}

/** Answers one request. Throws a `Refusal`. */
async function serve(
  { rules, issuer, metadata, jwksUri, discoveryAge }: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
  const endpoint = `${request.method} ${url.origin}${url.pathname}`;
  const send = (status: number, body?: object, headers: Record<string, string> = {}) =>
    response
      .writeHead(status, { ...(body && { 'content-type': 'application/json' }), ...headers })
      .end(body && JSON.stringify(body));
  const form = async () => {
    const fields = new URLSearchParams(await text(request));
    rules.authenticate(fields, request);
    return fields;
  };
  switch (endpoint) {
    case `GET ${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`:
      return void send(200, metadata, cached(discoveryAge));
    case `GET ${metadata.jwks_uri}`:
      return void send(200, (await (await fetch(jwksUri)).json()) as object);
    case `GET ${metadata.authorization_endpoint}`:
      return void send(302, undefined, { location: rules.authorize(url) });
    case `GET ${rules.innerRedirect}`:
      return void send(302, undefined, { location: rules.comeBack(url) });
    case `POST ${metadata.token_endpoint}`: {
      const fields = await form();
      return void send(
        200,
        await (fields.get('grant_type') === 'refresh_token' ? rules.refresh(fields) : rules.exchange(fields)),
      );
    }
    case `POST ${metadata.revocation_endpoint}`: {
      const { status, body } = await rules.revoke(await form());
      return void send(status, body);
    }
    default:
      throw new Refusal(`there is no ${endpoint}`, 404);
  }
}

/** Returns the hosts of every address that a variant names. */
export function hostsOf(data: ProviderData, variant: string): string[] {
  const filledIn = JSON.stringify(filled(data.discovery, data.variants[variant] ?? {}));
  return [...new Set([...filledIn.matchAll(/"https:\/\/([^/"]+)/g)].map(([, host = '']) => host))];
}

/** Returns the headers of an answer that a cache has kept: its Date is that of the origin (RFC 9111 5.1). */
function cached(age: number | undefined): Record<string, string> {
  if (age === undefined) return {};
  return {
    age: String(age),
    date: new Date(Date.now() - age * 1000).toUTCString(),
    'cache-control': 'public, max-age=3600',
  };
}
