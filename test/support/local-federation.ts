import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface LocalFederation {
  endpoint: string;
  /** The method and the address of each request, without its body. */
  requests: string[];
  /** The posted sessions. */
  sessions: Record<string, string>[];
  /** Every issued sign-in token. */
  tokens: Set<string>;
  stop(): Promise<void>;
}

/**
 * Starts a strict imitation of AWS's federation endpoint. It accepts a session only in the body of a POST.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 */
export async function startLocalFederation(): Promise<LocalFederation> {
  const tokens = new Set<string>();
  const sessions: Record<string, string>[] = [];
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (request.method === 'POST' && url.search === '') {
      const form = new URLSearchParams(await text(request));
      const session = JSON.parse(form.get('Session') ?? '{}');
      const complete = ['sessionId', 'sessionKey', 'sessionToken'].every(
        (key) => typeof session[key] === 'string',
      );
      if (form.get('Action') !== 'getSigninToken' || !complete) return void response.writeHead(400).end();
      const token = randomBytes(40).toString('base64url');
      tokens.add(token);
      sessions.push(session);
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ SigninToken: token }));
      return;
    }
    const { Action, Issuer, Destination, SigninToken } = Object.fromEntries(url.searchParams);
    if (Action !== 'login' || !Issuer || !Destination || !tokens.has(SigninToken ?? ''))
      return void response.writeHead(400).end('no');
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>Console</title><p>${Destination}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/federation`,
    requests,
    sessions,
    tokens,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
