import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { systemCode } from '../errors.ts';
import type { Log } from '../log.ts';
import { logFetch, type RequestLog } from './fetch-log.ts';
import { proxyFor, shownProxy } from './proxy.ts';

interface HttpEvent {
  request: ClientRequest;
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
  const began: RequestLog['began'] = (request, method, url) => {
    numbers.set(request, ++last);
    log('request', { number: last, method, to: `${url.host}${url.pathname}`, proxy: proxyOf(url, env) });
  };
  const ended: RequestLog['ended'] = (request, { status, error }) => {
    const fault = error === undefined ? undefined : (systemCode(error) ?? 'failed');
    log('response', { number: numbers.get(request), status, error: fault });
  };
  logFetch({ began, ended });
  const on = (event: string, told: (event: HttpEvent) => void) =>
    subscribe(`http.client.${event}`, (message) => told(message as HttpEvent));
  on('request.start', ({ request }) => {
    const origin = `${request.protocol}//${request.getHeader('host')}`;
    began(request, request.method, new URL(request.path, origin));
  });
  for (const event of ['response.finish', 'request.error'])
    on(event, ({ request, response, error }) => ended(request, { status: response?.statusCode, error }));
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
