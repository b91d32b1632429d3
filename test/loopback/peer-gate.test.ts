// Whose connection a request came through. test/accounts tries the same with real accounts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { Loopback } from '../../src/browser/loopback-server.ts';
import { openOneTimeLink } from '../../src/browser/one-time-link.ts';
import { Pages } from '../../src/browser/pages.ts';
import type { Connection, Peer } from '../../src/loopback/peer.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { code, navigation, request, type Target } from '../support/loopback-attacks.ts';
import { type RawAnswer, received, sendRaw } from '../support/raw-http.ts';

const settings = { profile: 'developer', roleArn: 'arn:aws:iam::123456789012:role/DeveloperAccess' };
const pages = new Pages(settings as Settings);
const state = 'S'.repeat(43);
const destination = 'https://idp.example/authorize?client_id=daypass';
const foreign: Peer = { kind: 'foreign', uid: 64123, account: 'mallory', own: 'alice' };
const gone: Peer = { kind: 'gone', why: 'its peer has closed it' };
const unknown: Peer = { kind: 'unknown', why: 'win32 does not say whose it is' };
const ours: Peer = { kind: 'ours' };

/** A machine on which every connection has the peer that is current, and those of `held` one of their own. */
class Machine {
  peer: Peer = ours;
  readonly held = new Map<number, Peer>();
  readonly reports: Peer[] = [];

  async of({ remotePort }: Connection): Promise<Peer> {
    return this.held.get(remotePort ?? 0) ?? this.peer;
  }

  /** Opens silent connections of a peer, which end with the test. `closed` resolves when one is closed. */
  async hold(t: TestContext, port: number, count: number, peer: Peer): Promise<{ closed: Promise<string> }> {
    const before = this.peer;
    this.peer = peer;
    const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
    t.after(() => sockets.forEach((socket) => void socket.destroy()));
    const closed = Promise.race(sockets.map(received));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const { localPort } of sockets) this.held.set(localPort ?? 0, peer);
    this.peer = before;
    return { closed };
  }
}

interface Waiting extends Target {
  machine: Machine;
  loopback: Loopback;
}

async function openSignIn(t: TestContext): Promise<Waiting> {
  const machine = new Machine();
  const loopback = await Loopback.open({
    ...{ host: '127.0.0.1', ports: [], path: '/callback', pages, peers: machine },
    onPeer: (peer) => machine.reports.push(peer),
  });
  t.after(() => loopback.close());
  loopback.serve(destination, { state, issuer: 'https://idp.example', sendsIssuer: false });
  const { host: authority, port, pathname: startPath } = new URL(loopback.link);
  return { machine, loopback, port: Number(port), authority, startPath, state, cookie: '' };
}

const asks = (signIn: Waiting, path: string, query = ''): Promise<RawAnswer> =>
  sendRaw(signIn.port, request(signIn, { path, query, headers: navigation }));

/** Opens the link in the person's browser. */
async function opened(signIn: Waiting): Promise<Waiting> {
  const { status, headers } = await asks(signIn, signIn.startPath);
  assert.equal(status, 302);
  return { ...signIn, cookie: headers['set-cookie']?.split(';')[0] ?? '' };
}

const callback = `?code=${code}&state=${state}`;
const isReused = { code: 'start-link-reused' };

suite('the listener of a sign-in', () => {
  test('answers a foreign browser with 403 and both accounts, and counts nothing', async (t) => {
    const signIn = await openSignIn(t);
    signIn.machine.peer = foreign;
    const early = await asks(signIn, signIn.startPath);
    signIn.machine.peer = ours;
    const person = await opened(signIn);
    signIn.machine.peer = foreign;
    const answers = [
      early,
      await asks(person, person.startPath),
      await asks({ ...person, cookie: '' }, person.startPath),
      await asks(person, '/callback', callback),
      await asks(person, '/done'),
    ];
    for (const { status, headers, body, raw } of answers) {
      assert.equal(status, 403, raw);
      assert.deepEqual([headers.location, headers['set-cookie']], [undefined, undefined]);
      assert.match(body, /mallory[\s\S]*alice[\s\S]*daypass login --browser none/);
      for (const secret of [code, state, person.cookie, 'developer']) assert.ok(!raw.includes(secret));
    }
    assert.deepEqual(signIn.machine.reports, [foreign], 'one report');
    signIn.machine.peer = ours;
    assert.equal((await asks(person, '/callback', callback)).status, 303);
    assert.equal((await person.loopback.callback).get('code'), code);
  });

  test('gives a peer that is gone no byte, and counts nothing', async (t) => {
    const signIn = await openSignIn(t);
    signIn.machine.peer = gone;
    assert.equal((await asks(signIn, signIn.startPath)).raw, '');
    signIn.machine.peer = ours;
    const person = await opened(signIn);
    signIn.machine.peer = gone;
    for (const answer of [
      await asks(person, '/callback', callback),
      await asks({ ...person, cookie: '' }, person.startPath),
    ])
      assert.equal(answer.raw, '');
    assert.deepEqual(signIn.machine.reports, [gone]);
    signIn.machine.peer = ours;
    assert.equal((await asks(person, '/callback', callback)).status, 303);
  });

  test('passes an unknown peer under the rules of link and cookie, and reports it once', async (t) => {
    const signIn = await openSignIn(t);
    signIn.machine.peer = unknown;
    const person = await opened(signIn);
    assert.equal((await asks({ ...person, cookie: '' }, '/callback', callback)).status, 403);
    assert.equal((await asks({ ...person, cookie: '' }, person.startPath)).status, 410);
    await assert.rejects(person.loopback.callback, isReused);
    assert.deepEqual(signIn.machine.reports, [unknown]);
  });

  test('looks up no peer for a request that is refused anyway', async (t) => {
    const signIn = await openSignIn(t);
    signIn.machine.peer = foreign;
    assert.equal((await asks(signIn, '/nowhere')).status, 404);
    assert.deepEqual(signIn.machine.reports, []);
  });

  test('ends if it closed a connection of an unknown peer after a browser opened the link', async (t) => {
    const person = await opened(await openSignIn(t));
    await person.machine.hold(t, person.port, 40, unknown);
    await assert.rejects(person.loopback.callback, isReused);
    assert.match(person.loopback.reused?.message ?? '', /too many connections/);
  });

  test('ends if a browser opens the link after a connection of an unknown peer was closed', async (t) => {
    const signIn = await openSignIn(t);
    const held = await signIn.machine.hold(t, signIn.port, 40, unknown);
    await held.closed;
    const { status, headers } = await asks(signIn, signIn.startPath);
    assert.deepEqual([status, headers.location], [410, undefined]);
    await assert.rejects(signIn.loopback.callback, isReused);
  });

  for (const count of [10, 40, 200]) {
    test(`closes those of other accounts first, of ${count}, and ends nothing`, async (t) => {
      const person = await opened(await openSignIn(t));
      const own = await person.machine.hold(t, person.port, 8, unknown);
      const others = await person.machine.hold(t, person.port, count, foreign);
      if (count > 32) await others.closed;
      assert.equal((await asks(person, '/callback', callback)).status, 303);
      const open = await Promise.race([own.closed, Promise.resolve('open')]);
      assert.equal(open, 'open', 'one that may be the browser was closed');
      assert.equal(person.loopback.reused, undefined);
      assert.ok(await person.loopback.callback);
    });
  }
});

suite('the link of console', () => {
  const open = async (t: TestContext) => {
    const machine = new Machine();
    const link = await openOneTimeLink(destination, (peer) => machine.reports.push(peer), machine);
    t.after(() => link.close());
    const { host, port, pathname } = new URL(link.link);
    const get = () =>
      sendRaw(
        Number(port),
        `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n${navigation.join('\r\n')}\r\n\r\n`,
      );
    return { machine, link, port: Number(port), get };
  };

  test('is not used by a foreign browser, which reads both accounts', async (t) => {
    const { machine, link, get } = await open(t);
    machine.peer = foreign;
    for (const { status, headers, body } of [await get(), await get()]) {
      assert.deepEqual([status, headers.location], [403, undefined]);
      assert.match(body, /mallory.*alice.*\n.*--print/);
    }
    machine.peer = gone;
    assert.equal((await get()).raw, '');
    machine.peer = ours;
    assert.equal((await get()).headers.location, destination);
    machine.peer = foreign;
    assert.equal((await get()).status, 403);
    await link.alone;
    assert.deepEqual(machine.reports, [foreign, gone]);
  });

  test('fails closed if a connection of an unknown peer is closed after its use', async (t) => {
    const { machine, link, port, get } = await open(t);
    machine.peer = unknown;
    assert.equal((await get()).status, 302);
    await link.used;
    await machine.hold(t, port, 40, unknown);
    await assert.rejects(link.alone, isReused);
  });

  test('fails closed if a connection of an unknown peer was closed before its use', async (t) => {
    const { machine, link, port, get } = await open(t);
    machine.peer = unknown;
    await (await machine.hold(t, port, 40, unknown)).closed;
    assert.equal((await get()).status, 410);
    await assert.rejects(link.used, isReused);
  });

  test('stays with the browser through a flood of another account', async (t) => {
    const { machine, link, port, get } = await open(t);
    assert.equal((await get()).status, 302);
    await (await machine.hold(t, port, 200, foreign)).closed;
    await link.alone;
  });
});
