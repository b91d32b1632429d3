import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { systemCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { proxyFor, shownProxy } from './proxy.ts';

interface RequestEvent<Request extends object> {
  request: Request;
  response?: { statusCode?: number };
  error?: unknown;
}

/**
 * Logs every request of this process, of any library: its address, its proxy and its result, never a query, a
 * header or a body. https://nodejs.org/api/diagnostics_channel.html#built-in-channels
 */
export function logRequests(log: Log, env: NodeJS.ProcessEnv): void {
  const numbers = new WeakMap<object, number>();
  let last = 0;
  const begin = (request: object, method: string, url: URL) => {
    numbers.set(request, ++last);
    log('request', { number: last, method, to: `${url.host}${url.pathname}`, proxy: proxyOf(url, env) });
  };
  const on = <Request extends object>(channel: string, told: (event: RequestEvent<Request>) => void) =>
    subscribe(channel, (event) => told(event as RequestEvent<Request>));
  const onEnd = (channel: string) =>
    on(channel, ({ request, response, error }) => {
      const fault = error === undefined ? undefined : (systemCode(error) ?? 'failed');
      log('response', { number: numbers.get(request), status: response?.statusCode, error: fault });
    });

  on<{ method: string; origin: string; path: string }>('undici:request:create', ({ request }) => {
    begin(request, request.method, new URL(request.path, request.origin));
  });
  onEnd('undici:request:headers');
  onEnd('undici:request:error');
  on<ClientRequest>('http.client.request.start', ({ request }) => {
    const origin = `${request.protocol}//${request.getHeader('host')}`;
    begin(request, request.method, new URL(request.path, origin));
  });
  onEnd('http.client.response.finish');
  onEnd('http.client.request.error');
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
