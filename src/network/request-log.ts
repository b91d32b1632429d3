import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { systemCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { proxyFor, shownProxy } from './proxy.ts';

interface FetchRequest {
  method: string;
  origin: string | URL;
  path: string;
}

/**
 * Logs every request of this process, whichever library makes it: its address, its proxy and its result, never a query, a header or a
 * body. https://nodejs.org/api/diagnostics_channel.html#built-in-channels
 */
export function logRequests(log: Log, env: NodeJS.ProcessEnv): void {
  const numbers = new WeakMap<object, number>();
  let last = 0;
  const begin = (request: object, method: string, url: URL) => {
    numbers.set(request, ++last);
    log('request', { number: last, method, to: `${url.host}${url.pathname}`, proxy: proxyOf(url, env) });
  };
  const end = (request: object, facts: { status?: number | undefined; error?: unknown }) => {
    const error = facts.error === undefined ? undefined : (systemCode(facts.error) ?? 'failed');
    log('response', { number: numbers.get(request), status: facts.status, error });
  };
  const on = <Message>(channel: string, told: (message: Message) => void) =>
    subscribe(channel, (message) => told(message as Message));

  on<{ request: FetchRequest }>('undici:request:create', ({ request }) => {
    begin(request, request.method, new URL(request.path, request.origin));
  });
  on<{ request: object; response: { statusCode: number } }>(
    'undici:request:headers',
    ({ request, response }) => end(request, { status: response.statusCode }),
  );
  on<{ request: object; error: unknown }>('undici:request:error', ({ request, error }) => {
    end(request, { error });
  });
  on<{ request: ClientRequest }>('http.client.request.start', ({ request }) => {
    begin(
      request,
      request.method,
      new URL(request.path, `${request.protocol}//${request.getHeader('host')}`),
    );
  });
  on<{ request: ClientRequest; response: IncomingMessage }>(
    'http.client.response.finish',
    ({ request, response }) => end(request, { status: response.statusCode }),
  );
  on<{ request: ClientRequest; error: unknown }>('http.client.request.error', ({ request, error }) => {
    end(request, { error });
  });
}

function proxyOf({ protocol, hostname, port }: URL, env: NodeJS.ProcessEnv): string | undefined {
  try {
    const proxy = protocol === 'https:' ? proxyFor(hostname, Number(port) || 443, env) : undefined;
    return proxy && shownProxy(proxy);
  } catch {
    // The request itself fails with this error.
    return undefined;
  }
}
