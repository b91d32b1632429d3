import { BlockList, isIP } from 'node:net';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';

/** Returns the variable that sets a proxy for https. Lower case comes first, as in curl and the AWS CLI. */
export function proxyVariable(env: NodeJS.ProcessEnv): { name: string; value: string } | undefined {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}

/** Returns the proxy for `host`, or undefined if the connection is direct. Throws `bad-configuration`. */
export function proxyFor(host: string, port: number, env: NodeJS.ProcessEnv): URL | undefined {
  const found = proxyVariable(env);
  if (!found || isLoopback(host) || isExcepted(host, port, env.no_proxy || env.NO_PROXY || ''))
    return undefined;
  const { name, value } = found;
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.hostname && /^https?:$/.test(url.protocol)) return url;
  // Do not show the value: it may contain a password.
  throw new DaypassError('bad-configuration', `${name} is not the address of an HTTP proxy`, {
    hint: `set it to http://host:port or https://host:port (${url ? printable(url.protocol) : 'other'} proxies are not supported)`,
  });
}

/** Returns the proxy's host and port, without the user and password that its address may contain. */
export function shownProxy(proxy: URL): string {
  return proxy.host || printable(proxy.hostname);
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127\./.test(bare);
}

/**
 * Returns whether NO_PROXY lists the host. An entry is a name (with all names below it, with or without a
 * leading `.` or `*.`), an address, a network (10.0.0.0/8), or `*` for all, and may end in a port. No
 * standard exists; curl and the AWS CLI agree on this.
 */
function isExcepted(host: string, port: number, exceptions: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  const entries = exceptions.toLowerCase().match(/[^\s,]+/g) ?? [];
  return entries.some((entry) => {
    if (entry === '*') return true;
    const network = /^(.+)\/(\d{1,3})$/.exec(entry);
    if (network?.[1]) return isWithin(name, network[1], Number(network[2]));
    const [, named = entry, onPort] = isIP(entry) ? [] : (/^(.+?)(?::(\d+))?$/.exec(entry) ?? []);
    if (onPort && Number(onPort) !== port) return false;
    const suffix = named.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
    return name === suffix || (!isIP(name) && name.endsWith(`.${suffix}`));
  });
}

function isWithin(address: string, network: string, bits: number): boolean {
  const family = isIP(network);
  if (!family || isIP(address) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(address, type);
}
