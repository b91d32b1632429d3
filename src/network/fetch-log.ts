import { subscribe } from 'node:diagnostics_channel';

/** What a library tells of a request, which is an object of its own. */
export interface RequestLog {
  began: (request: object, method: string, url: URL) => void;
  ended: (request: object, result: { status?: number | undefined; error?: unknown }) => void;
}

interface FetchEvent {
  request: { method: string; origin: string; path: string };
  response?: { statusCode?: number };
  error?: unknown;
}

/** Logs the requests of fetch. https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
export function logFetch({ began, ended }: RequestLog): void {
  const on = (event: string, told: (event: FetchEvent) => void) =>
    subscribe(`undici:request:${event}`, (message) => told(message as FetchEvent));
  on('create', ({ request }) => began(request, request.method, new URL(request.path, request.origin)));
  for (const event of ['headers', 'error'])
    on(event, ({ request, response, error }) => ended(request, { status: response?.statusCode, error }));
}
