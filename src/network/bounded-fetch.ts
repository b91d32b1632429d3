import { awakeTimeout } from './awake-timeout.ts';
import { boundedBody } from './bounded-body.ts';
import { agentFor } from './company-network.ts';

/** Milliseconds from the request to the last byte of its answer. */
const requestDeadline = 10_000;

/** Loads Node's fetch ahead of its first use, since that takes as long as the start of Node. */
export function loadFetch(): void {
  new Headers();
}

/**
 * Fetches without following redirects, in 10 s from the request to the last byte, and at most 1 MiB of decoded body. Throws what fetch
 * throws, `BodyTooLarge`, and what `agentFor` throws.
 */
export async function boundedFetch(
  url: string,
  options: RequestInit,
  deadline = requestDeadline,
): Promise<Response> {
  const limited: RequestInit = { ...options, redirect: 'manual', signal: awakeTimeout(deadline) };
  const agent = await agentFor(url);
  const response = agent
    ? await (await import('./fetch-through.ts')).fetchThrough(agent, url, limited)
    : await fetch(url, limited);
  const chunks: Uint8Array[] = [];
  for await (const chunk of boundedBody(response.body ?? [])) chunks.push(chunk);
  const headers = new Headers(response.headers);
  // The body is decoded already.
  headers.delete('content-encoding');
  headers.delete('content-length');
  const empty = chunks.length === 0 || [101, 204, 205, 304].includes(response.status);
  const bounded = new Response(empty ? null : Buffer.concat(chunks), {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
  Object.defineProperty(bounded, 'url', { value: url });
  return bounded;
}
