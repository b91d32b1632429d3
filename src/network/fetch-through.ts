import type { Agent } from 'node:https';
import { request } from 'node:https';
import { Readable } from 'node:stream';

/** Fetches through an agent, which Node's own fetch does not support. Redirects are returned, not followed. */
export async function fetchThrough(agent: Agent, url: string, options: RequestInit): Promise<Response> {
  const { method, headers, body } = new Request(url, options);
  const { signal } = options;
  const content = body ? Buffer.from(await new Response(body).arrayBuffer()) : undefined;
  return await new Promise((resolve, reject) => {
    const sent = request(url, {
      agent,
      method,
      headers: { ...Object.fromEntries(headers), ...(content ? { 'content-length': content.length } : {}) },
    });
    sent.once('error', reject);
    // Node ignores its `signal` option while a request waits for its socket, for example for a proxy.
    signal?.addEventListener('abort', () => {
      reject(signal.reason);
      sent.destroy(signal.reason);
    });
    sent.once('response', (answer) => {
      const { statusCode = 0, statusMessage = '', rawHeaders } = answer;
      const fields = new Headers();
      for (let index = 0; index < rawHeaders.length; index += 2)
        fields.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
      const empty = method === 'HEAD' || [101, 204, 205, 304].includes(statusCode);
      if (empty) answer.resume();
      const stream = empty ? null : (Readable.toWeb(answer) as ReadableStream);
      resolve(new Response(stream, { status: statusCode, statusText: statusMessage, headers: fields }));
    });
    sent.end(content);
  });
}
