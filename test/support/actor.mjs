// @ts-check
// What one account of the machine does for a test: it runs as that account and obeys messages of the test.
// test/support/accounts.ts starts it.
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {{ status: number, url: string, location?: string | undefined, body: string,
 *   seen: { url: string, status: number }[] }} Visit
 */

/** @type {Set<import('node:net').Socket>} */
const held = new Set();
/**
 * The cookies of this account's browser by name: cookies of one host ignore the port.
 * @type {Map<string, string>}
 */
const jar = new Map();
/** The cookies that strangers' browsers brought to `listen`. @type {string[]} */
const heard = [];
let swapping = false;

const orders = {
  /**
   * Reads the link in the arguments of the processes of a user, as every user of the machine can.
   * @param {{ uid: number, path: 'start' | 'open' }} order
   */
  async findLink({ uid, path }) {
    const pattern = new RegExp(`http://127\\.0\\.0\\.1:\\d+/${path}/[\\w-]+`);
    for (const end = Date.now() + 40_000; Date.now() < end; await sleep(2)) {
      for (const pid of readdirSync('/proc')) {
        const found = /^\d+$/.test(pid) && pattern.exec(argumentsOf(pid, uid))?.[0];
        if (found) return found;
      }
    }
    throw new Error(`no process of user ${uid} has a link in its arguments`);
  },

  /**
   * Sends bytes and returns the answer, or goes at once.
   * @param {{ port: number, text: string, host?: string, leave?: 'close' | 'reset' | 'half' }} order
   */
  async send({ port, text, host = '127.0.0.1', leave }) {
    const socket = connect({ port, host });
    /** @type {Buffer[]} */
    const chunks = [];
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (leave === 'half') socket.end(text);
    else
      socket.write(text, () => {
        if (leave === 'close') socket.destroy();
        if (leave === 'reset') socket.resetAndDestroy();
      });
    await closed;
    return Buffer.concat(chunks).toString();
  },

  /**
   * Opens connections, sends the same bytes on each, and keeps them. Returns how many are connected.
   * @param {{ port: number, count: number, text?: string }} order
   */
  async hold({ port, count, text = '' }) {
    const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1' }));
    const settled = sockets.map(async (socket) => {
      held.add(socket);
      socket.on('error', () => {}).on('close', () => held.delete(socket));
      await once(socket, 'connect').catch(() => {});
      if (text) await new Promise((resolve) => socket.write(text, resolve));
      return socket.remotePort !== undefined || socket.connecting === false;
    });
    return (await Promise.all(settled)).filter(Boolean).length;
  },

  /**
   * Opens so many connections, and another one for each that the listener closes.
   * @param {{ port: number, count: number }} order
   */
  async keepHolding({ port, count }) {
    const open = () => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {}).on('close', () => setTimeout(open, 5));
      return once(socket, 'connect').catch(() => {});
    };
    await Promise.all(Array.from({ length: count }, open));
  },

  /** Listens on a port of its own, and remembers each cookie that a browser sends there. */
  async listen() {
    const server = createServer((asked, response) => {
      heard.push(asked.headers.cookie ?? '');
      response.end('hello');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  },

  async heard() {
    return heard;
  },

  /**
   * Opens an address as a browser does, with its cookies, and signs in at the provider. Stops before the
   * callback if `stops`. Connects to `through` in place of 127.0.0.1 for the port of the link.
   * @param {{ url: string, login?: string, stops?: boolean, through?: { host: string, port: number } }} order
   * @returns {Promise<Visit>}
   */
  async browse({ url: first, login = 'ada', stops = false, through }) {
    let url = new URL(first);
    /** @type {string | undefined} */
    let form;
    /** @type {Visit['seen']} */
    const seen = [];
    /** Where the link led. @type {string | undefined} */
    let location;
    for (let step = 0; step < 20; step++) {
      if (stops && url.pathname === '/callback')
        return { status: 0, url: url.href, location, body: '', seen };
      const answer = await visit(url, form, through).catch((error) => ({
        status: 0,
        location: undefined,
        body: String(error),
      }));
      seen.push({ url: `${url.origin}${url.pathname}`, status: answer.status });
      form = undefined;
      location ??= answer.location;
      if (answer.location) url = new URL(answer.location, url);
      else if (/<form/.test(answer.body))
        form = new URLSearchParams({ login, password: 'none', decision: 'allow' }).toString();
      else return { status: answer.status, url: url.href, location, body: answer.body, seen };
    }
    throw new Error(`the sign-in leads in circles, last to ${url.origin}${url.pathname}`);
  },

  /** Returns the cookies of this account's browser. */
  async cookies() {
    return [...jar].map((pair) => pair.join('=')).join('; ');
  },

  async forget() {
    jar.clear();
  },

  /**
   * Passes connections on to a port of 127.0.0.1, as the user of this process. Returns when it listens.
   * @param {{ host: string, port: number }} order
   */
  async relay({ host, port }) {
    const server = createTcpServer({ allowHalfOpen: true }, (from) => {
      const to = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      for (const [one, other] of /** @type {const} */ ([
        [from, to],
        [to, from],
      ]))
        one.on('error', () => other.destroy()).pipe(other);
    }).listen(port, host);
    await once(server, 'listening');
  },

  /**
   * Holds a lock in a folder of the state directory, and says these lines to each process that connects.
   * @param {{ folder: string, lines: string[] }} order
   */
  async holdLock({ folder, lines }) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The path of a socket is at most 107 bytes.
    process.chdir(folder);
    const server = createTcpServer((socket) => {
      socket.on('error', () => {}).resume();
      for (const line of lines) socket.write(`${line}\n`);
    }).listen('daypass.socket');
    await once(server, 'listening');
  },

  /**
   * Exchanges two folders again and again until `endSwap`.
   * @param {{ path: string, own: string, aside: string }} order
   */
  async swap({ path, own, aside }) {
    swapping = true;
    void (async () => {
      while (swapping) {
        renameSync(path, aside);
        renameSync(own, path);
        await pause();
        renameSync(path, own);
        renameSync(aside, path);
        await pause();
      }
      swapping = true;
    })();
  },

  async endSwap() {
    swapping = false;
    while (!swapping) await sleep(1);
  },
};

/** Waits some microseconds: a timer of Node is too slow to meet the moment between two system calls. */
async function pause() {
  const end = performance.now() + Math.random() * 0.6;
  while (performance.now() < end);
  await new Promise(setImmediate);
}

/** @param {string} pid @param {number} uid */
function argumentsOf(pid, uid) {
  try {
    if (statSync(`/proc/${pid}`).uid !== uid) return '';
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // The process has ended.
    return '';
  }
}

/**
 * @param {URL} url
 * @param {string | undefined} form posted if given
 * @param {{ host: string, port: number } | undefined} through
 * @returns {Promise<{ status: number, location: string | undefined, body: string }>}
 */
function visit(url, form, through) {
  const headers = {
    host: url.host,
    accept: 'text/html',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    ...(jar.size > 0 ? { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } : {}),
    ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  };
  const host = through && Number(url.port) === through.port ? through.host : url.hostname;
  const { port, pathname, search } = url;
  const method = form === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const asked = request(
      { host, port, path: `${pathname}${search}`, method, headers, agent: false, timeout: 30_000 },
      (answer) => {
        for (const cookie of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
          if (value === '') jar.delete(name);
          else jar.set(name, value);
        }
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => {
          body += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, location: answer.headers.location, body }),
        );
      },
    );
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error('no answer within 30 s')));
    asked.end(form);
  });
}

process.on(
  'message',
  async (/** @type {{ id: number, order: keyof typeof orders, given: any }} */ message) => {
    const { id, order, given } = message;
    try {
      process.send?.({ id, result: await orders[order](given) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  },
);
process.on('disconnect', () => process.exit());
process.send?.({ id: 0 });
