import { awakeTimeout } from './awake-timeout.ts';
import { boundedBody } from './bounded-body.ts';
import { agentFor } from './company-network.ts';

/** Milliseconds from the request to the last byte of its answer. */
const requestDeadline = 10_000;

/** Node loads its fetch when it is first used, and takes as long as to start. */
export function loadFetch(): void {
  new Headers();
}

/** fetch with redirects refused, 10 s for all of it and the decoded body held to 1 MiB: neither size nor slowness of a peer can hurt. */
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
  // The body was decoded on the way in.
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
