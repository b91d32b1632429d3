import type { IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { DaypassError, systemCode } from '../errors.ts';
import { trustedAuthorities } from './authorities.ts';
import { proxyFor, shownProxy } from './proxy.ts';

/** Returns an agent that uses the company's proxy and authorities. Throws `bad-configuration`. */
export function companyAgent(url: string, env: NodeJS.ProcessEnv): Agent {
  const { hostname, port } = new URL(url);
  const ca = trustedAuthorities(env);
  const proxy = proxyFor(hostname, Number(port) || 443, env);
  return (proxy ? new ProxyAgent(proxy, ca) : new Agent({ ...(ca ? { ca } : {}) })) as Agent;
}

/** Tunnels by CONNECT (RFC 9110 9.3.6). Its errors name the proxy and have the code `proxy-unusable`. */
class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #ca: string[] | undefined;
  readonly #shown: string;

  constructor(proxy: URL, ca: string[] | undefined) {
    super(proxy.href, ca ? { ca } : {});
    this.#ca = ca;
    this.#shown = shownProxy(proxy);
  }

  override async connect(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>) {
    request.once('proxyConnect', ({ statusCode }: IncomingMessage) => {
      if (statusCode !== 200) request.destroy(this.#refused(statusCode));
    });
    try {
      return await super.connect(request, {
        ...options,
        ...(this.#ca ? { ca: this.#ca } : {}),
      } as typeof options);
    } catch (cause) {
      throw unusable(
        `the proxy ${this.#shown} cannot be used (${systemCode(cause) ?? 'it ended the connection'})`,
        cause,
      );
    }
  }

  #refused(status: number | undefined): DaypassError {
    const why = status === 407 ? 'requires a user and a password' : 'does not allow this connection';
    return unusable(
      `the proxy ${this.#shown} ${why} (${status})`,
      undefined,
      status === 407 ? 'set HTTPS_PROXY to http://user:password@host:port' : undefined,
    );
  }
}

function unusable(
  fault: string,
  cause: unknown,
  hint = 'check HTTPS_PROXY, and list in NO_PROXY the hosts that need no proxy',
): DaypassError {
  return new DaypassError('proxy-unusable', fault, { hint, cause });
}
