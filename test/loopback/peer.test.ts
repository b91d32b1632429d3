import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { endianness } from 'node:os';
import { suite, type TestContext, test } from 'node:test';
import { type Connection, type Peer, type PeerSources, Peers } from '../../src/loopback/peer.ts';
import { freePort } from '../support/free-port.ts';

const ipv4Table = '/proc/net/tcp';
const ipv6Table = '/proc/net/tcp6';
const fullMap = '         0          0 4294967295\n';
const passwd = `root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
# a comment
alice:x:1000:1000::/home/alice:/bin/bash
mallory:x:64123:64123::/home/mallory:/bin/bash
mallory2:x:64123:64123::/home/mallory:/bin/bash
`;

/** Addresses as the kernel of a little-endian machine writes them. */
const ours = '0100007F:D8B9';
const theirs = '0100007F:8AF4';
const mapped = '0000000000000000FFFF0000';
const loopback6 = '00000000000000000000000001000000';
/** The connection of these addresses; no kernel has it. */
const connection: Connection = {
  localAddress: '127.0.0.1',
  localPort: 0xd8b9,
  remoteAddress: '127.0.0.1',
  remotePort: 0x8af4,
  destroyed: false,
};
/** The same, and our end is open. */
const openConnection = { ...connection, _handle: { getpeername: () => 0 } };

type TableRow = [local: string, remote: string, state: string, uid: number, inode: number];
const listening: TableRow = [ours, '00000000:0000', '0A', 1000, 55844];
const ownEnd: TableRow = [ours, theirs, '01', 1000, 56449];
const clientOf = (uid: number): TableRow => [theirs, ours, '01', uid, 56450];

function table(...rows: TableRow[]): string {
  const lines = rows.map(([local, remote, state, uid, inode], index) =>
    `${String(index).padStart(4)}: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 1 0000000042d3a1bc 20 4 30 10 -1`.padEnd(
      149,
    ),
  );
  const head =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'.padEnd(
      149,
    );
  return [head, ...lines, ''].join('\n');
}

interface Told extends Partial<PeerSources> {
  tcp?: string | Error;
  tcp6?: string | Error;
  files?: Record<string, string>;
}

/** Peers that read these tables, as uid 1000 (alice) of a Linux machine. */
function peersOf({ tcp = table(), tcp6 = table(), files = {}, ...sources }: Told = {}): Peers {
  const texts: Record<string, string> = { '/etc/passwd': passwd, '/proc/self/uid_map': fullMap, ...files };
  return new Peers({
    platform: 'linux',
    ownUids: [1000],
    peersOutside: false,
    pause: async () => {},
    readTable: async (path) => {
      const content = path === ipv4Table ? tcp : tcp6;
      if (content instanceof Error) throw content;
      return content;
    },
    readText: async (path) => texts[path] ?? Promise.reject(systemError('ENOENT')),
    ...sources,
  });
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const mallory = { kind: 'foreign', uid: 64123, account: 'mallory', own: 'alice' };
const hidden = { why: 'its peer is not in the tables, as that of a Windows program' };

/** Compares only the expected fields: the kind of the answer, or more of it. */
function assertPeer(peer: Peer, expected: Partial<Peer> & { kind: Peer['kind'] }): void {
  assert.deepEqual({ ...peer, ...expected }, peer);
}

suite('a table says', {
  skip: endianness() !== 'LE' && 'the tables are those of a little-endian machine',
}, () => {
  const rows: [what: string, told: Told, expected: Parameters<typeof assertPeer>[1], reads: number][] = [
    ['our uid: ours', { tcp: table(listening, ownEnd, clientOf(1000)) }, { kind: 'ours' }, 1],
    ['the peer before our end: ours', { tcp: table(clientOf(1000), ownEnd) }, { kind: 'ours' }, 1],
    [
      'our real uid: ours',
      { tcp: table(clientOf(1001), ownEnd), ownUids: [1000, 1001] },
      { kind: 'ours' },
      1,
    ],
    ['root: ours', { tcp: table(ownEnd, clientOf(0)) }, { kind: 'ours' }, 1],
    ['no line break at the end: ours', { tcp: table(clientOf(1000)).trimEnd() }, { kind: 'ours' }, 1],
    ['another uid: foreign, with both names', { tcp: table(ownEnd, clientOf(64123)) }, mallory as Peer, 1],
    [
      'another uid without a name: foreign, with its number',
      { tcp: table(ownEnd, clientOf(4711)) },
      { kind: 'foreign', uid: 4711, account: '4711', own: 'alice' },
      1,
    ],
    [
      'another uid, and no readable passwd: foreign, with numbers',
      { tcp: table(ownEnd, clientOf(64123)), readText: async () => Promise.reject(systemError('EACCES')) },
      { kind: 'foreign', uid: 64123, account: '64123', own: '1000' },
      1,
    ],
    [
      'a name with control characters: foreign, and they are replaced',
      { tcp: table(ownEnd, clientOf(7)), files: { '/etc/passwd': 'a\u001b[2Jb:x:7:7::/:/bin/sh\n' } },
      { kind: 'foreign', uid: 7, account: 'a\ufffd[2Jb', own: '1000' },
      1,
    ],
    [
      'an IPv4-mapped client: its uid',
      { tcp: table(listening, ownEnd), tcp6: table([mapped + theirs, mapped + ours, '01', 64123, 9]) },
      mallory as Peer,
      2,
    ],
    [
      'a closed client (no inode): gone',
      { tcp: table([ours, theirs, '08', 1000, 9], [theirs, ours, '05', 0, 0]) },
      { kind: 'gone', why: 'its peer has closed it' },
      1,
    ],
    ['a half-closed client: gone', { tcp: table([theirs, ours, '05', 1000, 9]) }, { kind: 'gone' }, 1],
    [
      'a client in state 01 without an inode: gone',
      { tcp: table([theirs, ours, '01', 0, 0]) },
      { kind: 'gone' },
      1,
    ],
    ['our end in state 08 alone: gone', { tcp: table([ours, theirs, '08', 1000, 9]) }, { kind: 'gone' }, 1],
    ['no row: gone after three reads', { tcp: table(listening) }, { kind: 'gone' }, 6],
    [
      'our end alone, outside WSL: gone after three reads',
      { tcp: table(listening, ownEnd) },
      { kind: 'gone', why: 'its peer is not in the tables' },
      6,
    ],
    [
      'our end alone, in WSL: unknown after three reads',
      { tcp: table(listening, ownEnd), peersOutside: true },
      { kind: 'unknown', ...hidden },
      6,
    ],
    [
      'no row, in WSL: gone after three reads',
      { tcp: table(listening), peersOutside: true },
      { kind: 'gone' },
      6,
    ],
    [
      'connections with one end in common, of other accounts: gone',
      {
        tcp: table(
          [theirs, '0100007F:D8BA', '01', 1000, 1],
          ['0100007F:8AF5', ours, '01', 1000, 2],
          ['0200007F:8AF4', ours, '01', 1000, 3],
          [theirs, '0200007F:D8B9', '01', 1000, 4],
        ),
      },
      { kind: 'gone' },
      6,
    ],
  ];
  for (const [what, told, expected, reads] of rows)
    test(what, async () => {
      const peers = peersOf(told);
      assertPeer(await peers.of(connection), expected);
      assert.equal(peers.reads, reads);
    });

  test('::1: its uid, from the table of IPv6 alone', async () => {
    const client = `${loopback6}:BAF0`;
    const own = `${loopback6}:903B`;
    const tcp6 = table([own, client, '01', 1000, 8], [client, own, '01', 64123, 9]);
    const peers = peersOf({ tcp6, tcp: systemError('ENOENT') });
    const six = {
      ...connection,
      localAddress: '::1',
      localPort: 0x903b,
      remoteAddress: '::1',
      remotePort: 0xbaf0,
    };
    assertPeer(await peers.of(six), mallory as Peer);
    assert.equal(peers.reads, 1);
  });

  test('any IPv6 address of a client, with a zone', async () => {
    const client = 'B80D0120000000000A0001000500000A:0050';
    const own = `${loopback6}:903B`;
    const peers = peersOf({ tcp6: table([client, own, '01', 64123, 9]) });
    const six = { ...connection, localAddress: '::1', localPort: 0x903b, remotePort: 80 };
    const remoteAddress = '2001:db8::1:b:a00:5%eth0';
    assertPeer(await peers.of({ ...six, remoteAddress }), { kind: 'gone' });
    assertPeer(await peers.of({ ...six, remoteAddress: '2001:db8::1:a:a00:5%eth0' }), mallory as Peer);
  });

  test('a mapped connection of a listener on both families is that of IPv4', async () => {
    const tcp6 = table([mapped + ours, mapped + theirs, '01', 1000, 9]);
    const peers = peersOf({ tcp6, tcp: table(clientOf(64123)) });
    const both = { ...connection, localAddress: '::ffff:127.0.0.1', remoteAddress: '::ffff:127.0.0.1' };
    assertPeer(await peers.of(both), mallory as Peer);
  });

  test('a row that only the third read has counts', async () => {
    let reads = 0;
    const readTable = async () => table(ownEnd, ...(++reads === 5 ? [clientOf(64123)] : []));
    assertPeer(await peersOf({ readTable }).of(connection), mallory as Peer);
    assert.equal(reads, 5);
  });
});

suite('what the tables cannot say', () => {
  test('another system than Linux: unknown, without a read', async () => {
    const peers = peersOf({ platform: 'darwin' });
    assertPeer(await peers.of(connection), { kind: 'unknown', why: 'darwin does not say whose it is' });
    assert.equal(peers.reads, 0);
  });

  for (const code of ['ENOENT', 'EACCES', 'EPERM'])
    test(`${code} for the table: unknown`, async () => {
      const peer = await peersOf({ tcp: systemError(code) }).of(connection);
      assertPeer(peer, { kind: 'unknown', why: `cannot read ${ipv4Table}: ${code}` });
    });

  test('EACCES for the table of IPv6 alone: unknown if the other one does not decide', async () => {
    const tcp6 = systemError('EACCES');
    assertPeer(await peersOf({ tcp6 }).of(connection), { kind: 'unknown' });
    assertPeer(await peersOf({ tcp6, tcp: table(clientOf(64123)) }).of(connection), mallory as Peer);
    const closed = table([ours, theirs, '08', 1000, 9]);
    assertPeer(await peersOf({ tcp6, tcp: closed }).of(connection), { kind: 'gone' });
  });

  test('a kernel without IPv6: the other table decides', async () => {
    const peers = peersOf({ tcp6: systemError('ENOENT'), tcp: table(ownEnd) });
    assertPeer(await peers.of(connection), { kind: 'gone' });
    const six = { ...connection, localAddress: '::1', remoteAddress: '::1' };
    assertPeer(await peers.of(six), { kind: 'unknown', why: `cannot read ${ipv6Table}: ENOENT` });
  });

  for (const [what, text] of [
    ['empty', ''],
    ['of another format', 'Proto Recv-Q Send-Q Local Address\n'],
    ['with a row of another format', `${table()}   0: ${theirs} ${ours} open alice\n`],
  ] as const)
    test(`a table that is ${what}: unknown`, async () => {
      const peer = await peersOf({ tcp: text }).of(connection);
      assertPeer(peer, { kind: 'unknown', why: `cannot read ${ipv4Table}: unknown format` });
    });

  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'ERR_STRING_TOO_LONG'])
    test(`${code}, which another account can cause: gone after three reads`, async () => {
      const peer = await peersOf({ tcp: systemError(code) }).of(connection);
      assertPeer(peer, { kind: 'gone', why: `cannot read ${ipv4Table}: ${code}` });
    });

  test('EMFILE once: the next read decides', async () => {
    let first = true;
    const readTable = async () => {
      if (!first) return table(ownEnd, clientOf(1000));
      first = false;
      throw systemError('EMFILE');
    };
    assertPeer(await peersOf({ readTable }).of(connection), { kind: 'ours' });
  });

  test('tables without our own open connection: unknown', async () => {
    const why = 'the tables do not list our own connections';
    assertPeer(await peersOf().of(openConnection), { kind: 'unknown', why });
    assertPeer(await peersOf().of(connection), { kind: 'gone' });
  });
});

suite('the uid of unmapped accounts', () => {
  const overflow = '/proc/sys/kernel/overflowuid';
  const partial = '         0       1000          1\n';
  const rows: [what: string, uid: number, files: Record<string, string>, kind: Peer['kind']][] = [
    ['is that of nobody if all accounts are mapped', 65534, {}, 'foreign'],
    ['is that of nobody without user namespaces', 65534, { '/proc/self/uid_map': '' }, 'foreign'],
    ['is unknown if some accounts are mapped', 65534, { '/proc/self/uid_map': partial }, 'unknown'],
    ['is unknown in a container', 65534, { '/proc/self/uid_map': '0 100000 65536\n' }, 'unknown'],
    ['is that of the kernel', 99, { '/proc/self/uid_map': partial, [overflow]: '99\n' }, 'unknown'],
    ['is no other one', 65534, { '/proc/self/uid_map': partial, [overflow]: '99\n' }, 'foreign'],
    ['is no mapped one', 64123, { '/proc/self/uid_map': partial }, 'foreign'],
  ];
  for (const [what, uid, files, kind] of rows)
    test(what, { skip: endianness() !== 'LE' }, async () => {
      assertPeer(await peersOf({ tcp: table(clientOf(uid)), files }).of(connection), { kind });
    });
});

suite('one read serves all that wait for it', { skip: endianness() !== 'LE' }, () => {
  test('a connection that comes during a read waits for the next one', async () => {
    const reads: { finish: (text: string) => void }[] = [];
    const peers = peersOf({ readTable: () => new Promise((finish) => reads.push({ finish })) });
    const first = peers.of(connection);
    const late = peers.of({ ...connection, remotePort: 0x8af5 });
    const second: TableRow = ['0100007F:8AF5', ours, '01', 64123, 3];
    // The second row is that of an earlier connection of these addresses: this read began too early.
    reads[0]?.finish(table(clientOf(1000), ['0100007F:8AF5', ours, '01', 1000, 2]));
    assertPeer(await first, { kind: 'ours' });
    await new Promise(setImmediate);
    assert.equal(reads.length, 2);
    reads[1]?.finish(table(second));
    assertPeer(await late, mallory as Peer);
    assert.equal(peers.reads, 2);
  });

  test('200 that come at once need two reads', async () => {
    const connections = Array.from({ length: 200 }, (_, index) => ({
      ...connection,
      remotePort: 4096 + index,
    }));
    const clients = connections.map(
      ({ remotePort }): TableRow => [
        `0100007F:${remotePort.toString(16).toUpperCase()}`,
        ours,
        '01',
        1000,
        7,
      ],
    );
    const peers = peersOf({ tcp: table(...clients) });
    const found = await Promise.all(connections.map((each) => peers.of(each)));
    assert.deepEqual(new Set(found.map(({ kind }) => kind)), new Set(['ours']));
    assert.equal(peers.reads, 2);
  });

  test('a table of 100,000 rows is searched for its rows alone', async () => {
    const others = Array.from({ length: 100_000 }, (_, index): TableRow => {
      const port = (index % 50_000).toString(16).toUpperCase().padStart(4, '0');
      return [`0300007F:${port}`, '0400007F:01BB', '06', 0, 0];
    });
    const peers = peersOf({ tcp: table(...others, ownEnd, clientOf(64123)) });
    assertPeer(await peers.of(connection), mallory as Peer);
  });
});

/** A server on loopback whose connections stay as their clients leave them. */
async function listen(t: TestContext, host: string): Promise<Server & { port: number }> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const sockets: Socket[] = [];
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, host);
  await once(server, 'listening');
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

/** Connects, and returns both ends. */
async function connected(
  t: TestContext,
  server: Server & { port: number },
  host: string,
  localPort?: number,
): Promise<{ client: Socket; socket: Socket }> {
  const client = connect({ host, port: server.port, ...(localPort ? { localPort } : {}) });
  client.on('error', () => {});
  t.after(() => client.destroy());
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  return { client, socket };
}

/** Returns a port that no socket has, not even a closed one. */
/** Runs a client of its own process, and returns our end when it has printed a line. */
async function connectedBy(
  t: TestContext,
  server: Server & { port: number },
  file: string,
  args: string[],
): Promise<{ child: ChildProcess; socket: Socket }> {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [[socket]] = await Promise.all([once(server, 'connection'), once(child.stdout, 'data')]);
  return { child, socket };
}

/** A client of this account that connects, runs `then` and waits. */
function clientOfAccount(uid: number, host: string, port: number, then = ''): string[] {
  const program = `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});
    const client = require('node:net').connect(${port}, '${host}', () => client.write('GET / HTTP/1.1\\r\\n', () => {
      ${then}
      setImmediate(() => console.log('ready'));
    }));
    client.on('error', () => {});
    process.stdin.resume();`;
  return ['-e', program];
}

const python = '/usr/bin/python3';
const device = existsSync('/sys/class/net')
  ? readdirSync('/sys/class/net').find((name) => name !== 'lo')
  : undefined;

suite('a real connection', { skip: process.platform !== 'linux' && 'Linux alone has the tables' }, () => {
  for (const [what, listener, host] of [
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['::1', '::1', '::1'],
    ['an IPv4-mapped address', '127.0.0.1', '::ffff:127.0.0.1'],
    ['an IPv4-mapped address, at a listener for both families', '::', '::ffff:127.0.0.1'],
    ['127.0.0.1, at a listener for both families', '::', '127.0.0.1'],
  ] as const)
    test(`of our own to ${what} is ours`, async (t) => {
      const { socket } = await connected(t, await listen(t, listener), host);
      assertPeer(await new Peers().of(socket), { kind: 'ours' });
    });

  for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    const listener = host === '::1' ? host : '127.0.0.1';
    test(`that sent and closed is gone (${host})`, async (t) => {
      const { client, socket } = await connected(t, await listen(t, listener), host);
      client.write('GET / HTTP/1.1\r\n', () => client.destroy());
      await once(client, 'close');
      assertPeer(await new Peers().of(socket), { kind: 'gone', why: 'its peer has closed it' });
    });

    test(`that sent and reset is gone (${host})`, async (t) => {
      const { client, socket } = await connected(t, await listen(t, listener), host);
      client.write('GET / HTTP/1.1\r\n', () => client.resetAndDestroy());
      await once(client, 'close');
      assertPeer(await new Peers().of(socket), { kind: 'gone', why: 'it was reset' });
    });
  }

  test('that closes during the first read is gone', async (t) => {
    const { client, socket } = await connected(t, await listen(t, '127.0.0.1'), '127.0.0.1');
    const peers = new Peers({
      readTable: async (path) => {
        if (!client.destroyed) await once(client.destroy(), 'close');
        return readFile(path, 'latin1');
      },
    });
    assertPeer(await peers.of(socket), { kind: 'gone' });
  });

  test('that was reset is gone, although our own browser has its addresses now', async (t) => {
    const server = await listen(t, '127.0.0.1');
    const { client, socket } = await connected(t, server, '127.0.0.1', await freePort());
    let next: Socket | undefined;
    const peers = new Peers({
      readTable: async (path) => {
        if (!next) {
          await once(client.resetAndDestroy(), 'close');
          ({ socket: next } = await connected(t, server, '127.0.0.1', socket.remotePort));
        }
        return readFile(path, 'latin1');
      },
    });
    assert.equal(socket.remoteAddress, '127.0.0.1');
    assertPeer(await peers.of(socket), { kind: 'gone', why: 'it was reset' });
    assert.ok(next);
    assert.equal(next.remotePort, socket.remotePort);
    assert.equal(socket.destroyed, false, 'Node has not seen the reset');
    assertPeer(await peers.of(next), { kind: 'ours' });
  });

  test('200 at once need few reads', async (t) => {
    const server = await listen(t, '127.0.0.1');
    const peers = new Peers();
    const found: Promise<Peer>[] = [];
    server.on('connection', (socket) => found.push(peers.of(socket)));
    const pairs = [];
    for (let count = 0; count < 200; count += 1) pairs.push(await connected(t, server, '127.0.0.1'));
    assert.deepEqual(new Set((await Promise.all(found)).map(({ kind }) => kind)), new Set(['ours']));
    const before = peers.reads;
    const again = await Promise.all(pairs.map(({ socket }) => peers.of(socket)));
    assert.deepEqual(new Set(again.map(({ kind }) => kind)), new Set(['ours']));
    assert.equal(peers.reads - before, 2);
    const closed = pairs.map(({ client }) => once(client.destroy(), 'close'));
    await Promise.all(closed);
    const gone = await Promise.all(pairs.map(({ socket }) => peers.of(socket)));
    assert.deepEqual(new Set(gone.map(({ kind }) => kind)), new Set(['gone']));
    assert.equal(peers.reads - before, 4);
  });

  const silently = {
    skip:
      (!existsSync(python) && `${python} is not there`) || (!device && 'there is no second network device'),
  };
  for (const host of ['127.0.0.1', '::1'])
    test(`whose peer ended it without our end noticing is gone (${host})`, silently, async (t) => {
      const server = await listen(t, host);
      const program = `import socket, struct, sys
client = socket.create_connection(('${host}', ${server.port}))
client.send(b'GET / HTTP/1.1\\r\\n')
try:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'${device}')
except PermissionError:
    pass  # Linux before 5.7 asks for a capability.
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
client.close()
print('closed', flush=True)
sys.stdin.read()`;
      const { socket } = await connectedBy(t, server, python, ['-c', program]);
      assertPeer(await new Peers({ peersOutside: false }).of(socket), { kind: 'gone' });
    });

  const asRoot = { skip: process.getuid?.() !== 0 && 'root alone can be another account' };
  for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    const listener = host === '::1' ? host : '127.0.0.1';
    const run = (t: TestContext, server: Server & { port: number }, then?: string) =>
      connectedBy(t, server, process.execPath, clientOfAccount(64123, host, server.port, then));

    test(`of another account is foreign (${host})`, asRoot, async (t) => {
      const { socket } = await run(t, await listen(t, listener));
      const peer = await new Peers().of(socket);
      assertPeer(peer, { kind: 'foreign', uid: 64123, account: '64123', own: 'root' });
    });

    test(`of another account that sent and closed is gone (${host})`, asRoot, async (t) => {
      const { socket } = await run(t, await listen(t, listener), 'client.destroy();');
      assertPeer(await new Peers().of(socket), { kind: 'gone' });
    });

    test(`of another account that sent and reset is gone (${host})`, asRoot, async (t) => {
      const { socket } = await run(t, await listen(t, listener), 'client.resetAndDestroy();');
      assertPeer(await new Peers().of(socket), { kind: 'gone' });
    });
  }

  test('of root is ours to another account', asRoot, async (t) => {
    const { socket } = await connected(t, await listen(t, '127.0.0.1'), '127.0.0.1');
    assertPeer(await new Peers({ ownUids: [64123] }).of(socket), { kind: 'ours' });
  });
});
