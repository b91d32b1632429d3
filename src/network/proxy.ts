import { BlockList, isIP } from 'node:net';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';

/** A proxy: its address, and the authorization that it gets. */
export interface HttpProxy {
  /** Without user and password. */
  url: URL;
  /** The value of Proxy-Authorization. */
  authorization?: string;
}

/** A variable and its value. */
interface Variable {
  name: string;
  value: string;
}

/** Returns the variable that sets a proxy for https. Lower case comes first, as in curl and the AWS CLI. */
export function proxyVariable(env: NodeJS.ProcessEnv): Variable | undefined {
  return proxyVariables(env).find((variable) => !isForOthers(variable));
}

/** Returns the variables that daypass ignores. */
export function ignoredProxies(env: NodeJS.ProcessEnv): Variable[] {
  return proxyVariables(env).filter(isForOthers);
}

function proxyVariables(env: NodeJS.ProcessEnv): Variable[] {
  // On Windows a name in any case is the same variable.
  const names = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
  const distinct = process.platform === 'win32' ? names.filter((name) => name === name.toUpperCase()) : names;
  return distinct.flatMap((name) => {
    const value = env[name]?.trim();
    return value ? [{ name, value }] : [];
  });
}

/**
 * Returns whether daypass ignores this variable: desktops put ALL_PROXY=socks://… into every shell, and the
 * AWS CLI does not read it.
 */
function isForOthers({ name, value }: Variable): boolean {
  return /^all_proxy$/i.test(name) && /^(?!https?:)[a-z][a-z\d+.-]*:\/\//i.test(value);
}

/** Returns the proxy for a host, or undefined if the connection is direct. Throws `bad-configuration`. */
export function proxyFor(peer: string, port: number, env: NodeJS.ProcessEnv): HttpProxy | undefined {
  const found = proxyVariable(env);
  if (!found || isLoopback(peer) || isExcepted(peer, port, env.no_proxy || env.NO_PROXY || ''))
    return undefined;
  const { name, value } = found;
  const address = value.includes('://') ? value : `http://${value}`;
  // URL alone cannot parse a login: for it, the backslash of CORP\ada ends the host, and 50% is an error.
  const [, scheme, login, host] =
    /^([a-z][a-z\d+.-]*):\/\/(?:([^/?#]*)@)?([^/?#@\\]+)(?:[/?#].*)?$/is.exec(address) ?? [];
  const origin = `${scheme}://${host}`;
  const url = host && URL.canParse(origin) ? new URL(origin) : undefined;
  if (url?.hostname && /^https?:$/.test(url.protocol)) return { url, ...authorizationOf(login) };
  // Do not show the value: it may contain a password.
  throw new DaypassError('bad-configuration', `${name} is not the address of an HTTP proxy`, {
    hint: `set it to http://host:port or https://host:port (${url ? printable(url.protocol) : 'other'} proxies are not supported)`,
  });
}

/** Returns the Basic authorization (RFC 7617) of `user:password`; none if both are empty, as botocore. */
function authorizationOf(login = ''): Pick<HttpProxy, 'authorization'> {
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(login) ?? [];
  if (!user && !password) return {};
  const bytes = Buffer.concat([decoded(user), Buffer.from(':'), decoded(password)]);
  return { authorization: `Basic ${bytes.toString('base64')}` };
}

/** Decodes each `%` with two hexadecimal digits, to one byte as curl does; every other `%` is itself. */
function decoded(text: string): Buffer {
  const bytes = text
    .split(/(%[\da-f]{2})/i)
    .map((part, index) => (index % 2 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part)));
  return Buffer.concat(bytes);
}

/** Returns the proxy's host and port. */
export function shownProxy({ url }: HttpProxy): string {
  return url.host || printable(url.hostname);
}

/** Returns whether a host is this machine, which no proxy serves. */
export function isLoopback(host: string): boolean {
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
