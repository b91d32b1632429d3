import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { DaypassError, systemCode } from '../errors.ts';
import { type CaBundle, trustedAuthorities } from './authorities.ts';
import { type HttpProxy, proxyFor, shownProxy } from './proxy.ts';
import { checkStatusLine, isEmpty } from './status-line.ts';

/** Returns an agent that uses the company's proxy and authorities. Throws `bad-configuration`. */
export function companyAgent(url: string, bundle: CaBundle | undefined, env: NodeJS.ProcessEnv): Agent {
  const { hostname, port } = new URL(url);
  const trust = bundle ? { ca: trustedAuthorities(bundle, env) } : {};
  const proxy = proxyFor(hostname, Number(port) || 443, env);
  return (proxy ? new ProxyAgent(proxy, trust) : new Agent(trust)) as Agent;
}

/**
 * Fetches through an agent, which Node's own fetch does not support, without following redirects. Throws what
 * fetch throws (the reason of the signal, else a TypeError with the cause), and `proxy-unusable`.
 */
export async function fetchThrough(agent: Agent, url: string, options: RequestInit): Promise<Response> {
  const { method, headers, body } = new Request(url, options);
  const content = body ? Buffer.from(await new Response(body).arrayBuffer()) : undefined;
  // The listener below would not hear of an abort that has come before it, and the request would never end.
  options.signal?.throwIfAborted();
  const length = content ? { 'content-length': content.length } : {};
  const sent = request(url, { agent, method, headers: { ...Object.fromEntries(headers), ...length } });
  const { signal } = options;
  try {
    return responseOf(await answerTo(sent, signal, content), method);
  } catch (cause) {
    sent.destroy();
    if (signal?.aborted) throw signal.reason;
    throw cause instanceof DaypassError ? cause : new TypeError('fetch failed', { cause });
  }
}

/** Sends the request and returns its answer. Rejects where there will be none. */
function answerTo(
  sent: ClientRequest,
  signal: RequestInit['signal'],
  content: Buffer | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve);
    // The listener stays: an error that comes after the first one would end the process.
    sent.on('error', reject);
    // Node ends the connection of an answer with status 101 without an error.
    sent.once('close', () => reject(new Error('no answer')));
    // Node ignores its `signal` option while a request waits for its socket, for example for a proxy.
    signal?.addEventListener('abort', () => {
      reject(signal.reason);
      sent.destroy(signal.reason);
    });
    sent.end(content);
  });
}

/** Returns the answer as fetch does. Throws here, since an error in a listener would end the process. */
function responseOf(answer: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, statusMessage = '', rawHeaders } = answer;
  checkStatusLine(status, statusMessage);
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  const empty = method === 'HEAD' || isEmpty(status);
  if (empty) answer.resume();
  return new Response(empty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers });
}

/** Tunnels by CONNECT (RFC 9110 9.3.6). Its errors name the proxy and have the code `proxy-unusable`. */
class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #trust: { ca?: string[] };
  readonly #shown: string;

  constructor(proxy: HttpProxy, trust: { ca?: string[] }) {
    const { url, authorization } = proxy;
    super(url.href, {
      ...trust,
      ...(authorization && { headers: { 'Proxy-Authorization': authorization } }),
    });
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
      return unusable(`the proxy ${this.#shown} does not allow this connection (${status || 'no status'})`);
    const hint = 'set HTTPS_PROXY to http://user:password@host:port';
    return unusable(`the proxy ${this.#shown} requires a user and a password (407)`, { hint });
  }
}

function unusable(fault: string, details: { hint?: string; cause?: unknown } = {}): DaypassError {
  const hint = 'check HTTPS_PROXY, and list in NO_PROXY the hosts that need no proxy';
  return new DaypassError('proxy-unusable', fault, { hint, ...details });
}
