// Says whose connection a loopback connection is, from the kernel's tables of TCP sockets (Linux only).
//  1. The row of the peer's end alone makes a peer known: state 01 (ESTABLISHED), an inode, both addresses.
//     A closed socket has a row without an inode and a reset one has no row, so both are `gone`.
//  2. That row proves nothing after a reset of our end, since another program may then use the same
//     addresses. So our end is checked after each read.
//  3. A missing row proves nothing either. Any account can end its socket without our end noticing: it binds
//     the socket to another device, or sets an MD5 key, and resets it. So a missing row is `gone`, except in
//     WSL, where a browser of Windows has no row (mirrored networking).
//  4. A connection is looked up only in tables whose reading began when it was already there.

import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { isIPv4, type Socket } from 'node:net';
import { endianness, release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { systemCode } from '../errors.ts';
import { printable } from '../terminal/printable.ts';

/** Whose connection it is. A connection that is `foreign` or `gone` may change nothing. */
export type Peer =
  | { kind: 'ours' }
  | { kind: 'foreign'; uid: number; account: string; own: string }
  | { kind: 'unknown'; why: string }
  | { kind: 'gone'; why: string };

/** What `Peers` needs from the machine. */
export interface PeerSources {
  platform: string;
  /** Reads a file of /proc from its start to its end. */
  readTable: (path: string) => Promise<string>;
  /** Reads a small file. */
  readText: (path: string) => Promise<string>;
  /** The effective and the real uid of this process. */
  ownUids: readonly number[];
  /** Whether a peer may be outside this kernel, so that it has no row. */
  peersOutside: boolean;
  /** Waits between two reads. */
  pause: () => Promise<unknown>;
}

/** The parts of a socket that a look needs. */
export type Connection = Pick<
  Socket,
  'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort' | 'destroyed'
>;

interface Row {
  state: string;
  uid: number;
  inode: string;
}

/** A connection that waits for a read. The keys are the two addresses as the tables write them. */
interface Look {
  connection: Connection;
  isIpv4: boolean;
  port: string;
  clientKey: string;
  ownKey: string;
  reads: number;
  resolve: (peer: Peer | Promise<Peer>) => void;
}

const established = '01';
/** Reads for one connection: the kernel can skip a row while others of its bucket are removed. */
const mostReads = 3;
/** Milliseconds between two reads for one connection. */
const pauseBetweenReads = 10;
const ipv4Table = '/proc/net/tcp';
const ipv6Table = '/proc/net/tcp6';
/** Errors of a table that this machine does not offer. Another account can cause others, such as EMFILE. */
const notOffered = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'unknown format'];

/** Finds the peers of connections. One read of the tables serves all connections that wait for it. */
export class Peers {
  readonly #sources: PeerSources;
  #waiting: Look[] = [];
  #reading = false;
  #overflow: Promise<number | undefined> | undefined;
  #accounts: Promise<ReadonlyMap<number, string>> | undefined;
  /** Tables that were read. */
  reads = 0;

  constructor(sources: Partial<PeerSources> = {}) {
    this.#sources = { ...thisMachine(), ...sources };
  }

  /** Returns whose connection it is. Never rejects. */
  of(connection: Connection): Promise<Peer> {
    if (this.#sources.platform !== 'linux')
      return Promise.resolve({ kind: 'unknown', why: `${this.#sources.platform} does not say whose it is` });
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    if (isOpen(connection) === false || !localAddress || !localPort || !remoteAddress || !remotePort)
      return Promise.resolve(gone('it was reset'));
    const own = `${tableAddress(localAddress)}:${tablePort(localPort)}`;
    const client = `${tableAddress(remoteAddress)}:${tablePort(remotePort)}`;
    return new Promise((resolve) => {
      this.#waiting.push({
        connection,
        isIpv4: isIpv4(own),
        port: tablePort(localPort),
        clientKey: `${client} ${own}`,
        ownKey: `${own} ${client}`,
        reads: 0,
        resolve,
      });
      if (!this.#reading) void this.#serve();
    });
  }

  /** Reads until no connection waits. Those that come during a read wait for the next one. */
  async #serve(): Promise<void> {
    this.#reading = true;
    while (this.#waiting.length > 0) {
      const looks = this.#waiting;
      this.#waiting = [];
      const again = await this.#round(looks);
      if (again.length > 0) await this.#sources.pause();
      this.#waiting.push(...again);
    }
    this.#reading = false;
  }

  /** Reads the tables once and answers the looks that they decide. Returns the others. */
  async #round(looks: readonly Look[]): Promise<Look[]> {
    const rows = new Map<string, Row>();
    let left = [...looks];
    for (const look of looks) look.reads += 1;
    for (const path of [ipv4Table, ipv6Table]) {
      const asked = left.filter(({ isIpv4 }) => isIpv4 || path === ipv6Table);
      if (asked.length === 0) continue;
      const fault = await this.#read(path, asked, rows);
      left = left.filter((look) => {
        if (!asked.includes(look)) return true;
        // A kernel without IPv6 has no such table, and no such client of an IPv4 listener.
        const missing = fault === 'ENOENT' && path === ipv6Table && look.isIpv4;
        const peer = this.#byRows(look, rows) ?? (fault && !missing ? byFault(look, path, fault) : undefined);
        if (peer) look.resolve(peer);
        return !peer;
      });
    }
    const again = left.filter(({ reads }) => reads < mostReads);
    for (const look of left) if (!again.includes(look)) look.resolve(this.#withoutRow(look, rows));
    return again;
  }

  /** Adds the rows of the looks to `rows`. Returns why the table cannot be used, if it cannot. */
  async #read(path: string, looks: readonly Look[], rows: Map<string, Row>): Promise<string | undefined> {
    this.reads += 1;
    const keys = new Set(looks.flatMap(({ clientKey, ownKey }) => [clientKey, ownKey]));
    const ports = new Set(looks.map(({ port }) => port));
    try {
      const table = await this.#sources.readTable(path);
      return addRows(table, ports, keys, rows) ? undefined : 'unknown format';
    } catch (error) {
      return systemCode(error) ?? 'unknown error';
    }
  }

  /** Returns what the rows of both ends say, or undefined if they do not decide it. */
  #byRows(
    { connection, clientKey, ownKey }: Look,
    rows: ReadonlyMap<string, Row>,
  ): Peer | Promise<Peer> | undefined {
    if (isOpen(connection) === false) return gone('it was reset');
    const client = rows.get(clientKey);
    if (client) {
      const isKnown = client.state === established && client.inode !== '0';
      return isKnown ? this.#byUid(client.uid) : gone('its peer has closed it');
    }
    const own = rows.get(ownKey);
    return own && own.state !== established ? gone('its peer has closed it') : undefined;
  }

  /** Returns the answer for a connection whose peer has no row in any of the reads. */
  #withoutRow({ connection, ownKey }: Look, rows: ReadonlyMap<string, Row>): Peer {
    if (rows.has(ownKey))
      return this.#sources.peersOutside
        ? { kind: 'unknown', why: 'its peer is not in the tables, as that of a Windows program' }
        : gone('its peer is not in the tables');
    // A kernel that lists sockets lists each that is open. Others, such as that of WSL 1, may list none.
    return isOpen(connection)
      ? { kind: 'unknown', why: 'the tables do not list our own connections' }
      : gone('it is not in the tables');
  }

  async #byUid(uid: number): Promise<Peer> {
    this.#overflow ??= this.#unmappedUid();
    if (uid === (await this.#overflow))
      return { kind: 'unknown', why: `its account is not mapped here: uid ${uid}` };
    const { ownUids } = this.#sources;
    if (uid === 0 || ownUids.includes(uid)) return { kind: 'ours' };
    this.#accounts ??= this.#readText('/etc/passwd').then(accountNames);
    const accounts = await this.#accounts;
    const name = (id: number) => accounts.get(id) ?? String(id);
    return { kind: 'foreign', uid, account: name(uid), own: name(ownUids[0] ?? 0) };
  }

  /** Returns the uid that stands for all accounts that this user namespace does not map, if there are any. */
  async #unmappedUid(): Promise<number | undefined> {
    const map = (await this.#readText('/proc/self/uid_map')).trim();
    // No map at all is a kernel without user namespaces.
    if (map === '' || /^0\s+0\s+4294967295$/.test(map)) return undefined;
    return Number((await this.#readText('/proc/sys/kernel/overflowuid')).trim() || 65_534);
  }

  #readText(path: string): Promise<string> {
    return this.#sources.readText(path).catch(() => '');
  }
}

function thisMachine(): PeerSources {
  return {
    platform: process.platform,
    readTable,
    readText: (path) => readFile(path, 'utf8'),
    ownUids: [...new Set([process.geteuid?.() ?? 0, process.getuid?.() ?? 0])],
    // WSL may run a kernel of the person's own.
    peersOutside: /microsoft|wsl/i.test(release()) || existsSync('/run/WSL'),
    pause: () => delay(pauseBetweenReads),
  };
}

/** Reads a table into one buffer: `readFile` allocates 64 KiB for each 4 KiB that the kernel returns. */
async function readTable(path: string): Promise<string> {
  const file = await open(path);
  try {
    let bytes = Buffer.allocUnsafe(65_536);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
      if (bytesRead === 0) return bytes.toString('latin1', 0, length);
      length += bytesRead;
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
    }
  } finally {
    await file.close();
  }
}

/**
 * Returns whether our end was not reset, or undefined if Node does not say. Asks the handle, since
 * `remoteAddress` is cached and a paused socket learns of a reset late.
 */
function isOpen(connection: Connection): boolean | undefined {
  if (connection.destroyed) return false;
  const { _handle: handle } = connection as { _handle?: { getpeername?: (out: object) => number } | null };
  const code = handle?.getpeername?.({});
  return code === undefined ? undefined : code === 0;
}

/** Adds the rows of `keys`, which all have one of `ports`, to `rows`. Returns false for an unknown format. */
function addRows(
  table: string,
  ports: ReadonlySet<string>,
  keys: ReadonlySet<string>,
  rows: Map<string, Row>,
): boolean {
  if (!/^ *sl +local_address +rem\w*_address +st .* uid .* inode/.test(table)) return false;
  for (const port of ports) {
    const needle = `:${port} `;
    for (let at = table.indexOf(needle); at >= 0; ) {
      const end = table.indexOf('\n', at);
      const line = table.slice(table.lastIndexOf('\n', at) + 1, end < 0 ? table.length : end);
      // sl, local and remote address, state, queues, timer, retransmissions, uid, timeout, inode.
      const [, local, remote, state, uid, inode] =
        /^ *\d+: ([\dA-F]+:[\dA-F]{4}) ([\dA-F]+:[\dA-F]{4}) ([\dA-F]{2}) \S+ \S+ \S+ +(\d+) +\d+ +(\d+)\b/.exec(
          line,
        ) ?? [];
      if (!local || !remote || !state || !uid || !inode) return false;
      const key = `${withoutMapping(local)} ${withoutMapping(remote)}`;
      if (keys.has(key)) rows.set(key, { state, uid: Number(uid), inode });
      at = end < 0 ? -1 : table.indexOf(needle, end);
    }
  }
  return true;
}

function byFault({ reads }: Look, path: string, fault: string): Peer | undefined {
  if (notOffered.includes(fault)) return { kind: 'unknown', why: `cannot read ${path}: ${fault}` };
  return reads < mostReads ? undefined : gone(`cannot read ${path}: ${fault}`);
}

function gone(why: string): Peer {
  return { kind: 'gone', why };
}

/** Returns the account names of /etc/passwd by uid; the first name of a uid counts. */
function accountNames(passwd: string): ReadonlyMap<number, string> {
  const entries = passwd.split('\n').map((line) => line.split(':'));
  const known = entries.filter(([name, , uid]) => name && /^\d+$/.test(uid ?? ''));
  return new Map(known.reverse().map(([name = '', , uid]) => [Number(uid), printable(name, 64)]));
}

/** Returns an address as the tables write it, in words of this machine's byte order; a mapped one is IPv4. */
function tableAddress(address: string): string {
  return withoutMapping(hexWords(isIPv4(address) ? ipv4Bytes(address) : ipv6Bytes(address)));
}

function isIpv4(end: string): boolean {
  return end.length < 32;
}

function tablePort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function hexWords(bytes: readonly number[]): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.slice(4 * index, 4 * index + 4));
  const ordered = words.flatMap((word) => (endianness() === 'LE' ? word.reverse() : word));
  return Buffer.from(ordered).toString('hex').toUpperCase();
}

const mapping = hexWords([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

/** Returns the IPv4 part of an IPv4-mapped address, with its port if it has one, and any other as it is. */
function withoutMapping(address: string): string {
  return !isIpv4(address) && address.startsWith(mapping) ? address.slice(mapping.length) : address;
}

function ipv4Bytes(address: string): number[] {
  return address.split('.').map(Number);
}

function ipv6Bytes(address: string): number[] {
  const [start = [], rest = []] = (address.split('%', 1)[0] ?? '').split('::').map((part) =>
    part.split(':').flatMap((group) => {
      if (group.includes('.')) return ipv4Bytes(group);
      const value = Number.parseInt(group, 16);
      return group === '' ? [] : [value >> 8, value & 0xff];
    }),
  );
  return [...start, ...Array<number>(Math.max(0, 16 - start.length - rest.length)).fill(0), ...rest];
}
