import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { DaypassError, systemCode } from '../errors.ts';
import { trustedAuthorities } from './authorities.ts';
import { proxyFor, shownProxy } from './proxy.ts';

/** Returns an agent that uses the company's proxy and authorities. Throws `bad-configuration`. */
export function companyAgent(url: string, env: NodeJS.ProcessEnv): Agent {
  const { hostname, port } = new URL(url);
  const authorities = trustedAuthorities(env);
  const trust = authorities ? { ca: authorities } : {};
  const proxy = proxyFor(hostname, Number(port) || 443, env);
  return (proxy ? new ProxyAgent(proxy, trust) : new Agent(trust)) as Agent;
}

/** Fetches through an agent, which Node's own fetch does not support, without following redirects. */
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

/** Tunnels by CONNECT (RFC 9110 9.3.6). Its errors name the proxy and have the code `proxy-unusable`. */
class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #trust: { ca?: string[] };
  readonly #shown: string;

  constructor(proxy: URL, trust: { ca?: string[] }) {
    super(proxy.href, trust);
    this.#trust = trust;
    this.#shown = shownProxy(proxy);
  }

  override async connect(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>) {
    request.once('proxyConnect', ({ statusCode }: IncomingMessage) => {
      if (statusCode !== 200) request.destroy(this.#refused(statusCode));
    });
    try {
      return await super.connect(request, { ...options, ...this.#trust } as typeof options);
    } catch (cause) {
      const why = systemCode(cause) ?? 'it ended the connection';
      throw unusable(`the proxy ${this.#shown} cannot be used (${why})`, { cause });
    }
  }

  #refused(status: number | undefined): DaypassError {
    if (status !== 407)
      return unusable(`the proxy ${this.#shown} does not allow this connection (${status})`);
    const hint = 'set HTTPS_PROXY to http://user:password@host:port';
    return unusable(`the proxy ${this.#shown} requires a user and a password (407)`, { hint });
  }
}

function unusable(fault: string, details: { hint?: string; cause?: unknown } = {}): DaypassError {
  const hint = 'check HTTPS_PROXY, and list in NO_PROXY the hosts that need no proxy';
  return new DaypassError('proxy-unusable', fault, { hint, ...details });
}
