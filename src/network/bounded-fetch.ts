import type { CaBundle } from './authorities.ts';
import { agentFor } from './company-network.ts';
import { checkStatusLine, isEmpty } from './status-line.ts';

/** Loads Node's fetch ahead of its first use, since that takes as long as the start of Node. */
export function loadFetch(): void {
  new Headers();
}

export interface FetchOptions {
  /** Milliseconds to the last byte (10 s). */
  deadline?: number | undefined;
  /** The authorities of a profile; without one those of the environment. */
  caBundle?: CaBundle | undefined;
}

/**
 * Fetches without following redirects, within `deadline` milliseconds to the last byte, and at most 1 MiB of
 * decoded body. Throws what fetch throws, `NotHttp`, `BodyTooLarge`, and what `agentFor` throws.
 */
export async function boundedFetch(
  url: string,
  options: RequestInit,
  { deadline = 10_000, caBundle }: FetchOptions = {},
): Promise<Response> {
  // Node ignores `proxy`. Without it, the fetch of the single executable would use HTTP_PROXY by itself.
  const own = { redirect: 'manual', signal: awakeTimeout(deadline), proxy: false } as const;
  const limited: RequestInit = { ...options, ...own };
  const agent = await agentFor(url, caBundle);
  const response = agent
    ? await (await import('./agent.ts')).fetchThrough(agent, url, limited)
    : await fetch(url, limited);
  const { status, statusText } = response;
  checkStatusLine(status, statusText);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of boundedBody(response.body ?? [])) chunks.push(chunk);
  } catch (error) {
    // An agent tells the end of the connection, and not that the deadline ended it.
    throw own.signal.aborted ? own.signal.reason : error;
  }
  const headers = new Headers(response.headers);
  // The body is decoded already.
  headers.delete('content-encoding');
  headers.delete('content-length');
  const empty = chunks.length === 0 || isEmpty(status);
  const bounded = new Response(empty ? null : Buffer.concat(chunks), { status, headers });
  Object.defineProperty(bounded, 'url', { value: url });
  return bounded;
}

/** The error of an answer over 1 MiB: the peer is not the server that it claims to be. */
class BodyTooLarge extends Error {
  readonly code = 'BODY_TOO_LARGE';
}

/** Yields the chunks of up to 1 MiB, since fetch and the AWS SDK have no limit. Throws `BodyTooLarge`. */
export async function* boundedBody<Chunk extends Uint8Array>(
  body: AsyncIterable<Chunk> | Iterable<Chunk>,
): AsyncGenerator<Chunk> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > 1024 * 1024) throw new BodyTooLarge('answer over 1 MiB');
    yield chunk;
  }
}

/**
 * Returns a signal like AbortSignal.timeout that counts only awake time. After a sleep Node runs due timers
 * before it reads its sockets, and would drop an answer that has arrived, with its rotated refresh token.
 */
function awakeTimeout(milliseconds: number): AbortSignal {
  const tick = 500;
  const controller = new AbortController();
  let left = Math.ceil(milliseconds / tick);
  // After a sleep an interval fires once, however many ticks have passed.
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  }, tick).unref();
  return controller.signal;
}
