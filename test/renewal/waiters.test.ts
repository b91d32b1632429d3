// A sign-in is cancelled when no waiter is left and the last one left with ^C.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Waiters } from '../../src/renewal/waiters.ts';
import type { ToRenewal } from '../../src/request/protocol.ts';
import { connected } from '../support/connected.ts';
import { until } from '../support/until.ts';

const join = { type: 'join', credentials: 'account', interactive: true, desktop: true } as const;
const interrupt: ToRenewal = { type: 'interrupt' };

class Room {
  cancels = 0;
  readonly waiters = new Waiters(() => {});
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    this.waiters.onCancel = () => {
      this.cancels++;
    };
  }

  /** Admits a caller that sends these messages. */
  async enter(...messages: ToRenewal[]): Promise<Caller> {
    const [peer, ours] = await connected(this.#t);
    this.waiters.admit(ours);
    return new Caller(peer, ours).say(...messages);
  }
}

class Caller {
  readonly #peer: Socket;
  readonly #ours: Socket;
  #heard = '';

  constructor(peer: Socket, ours: Socket) {
    this.#peer = peer.on('data', (chunk) => {
      this.#heard += chunk;
    });
    // Windows resets a connection whose other end is dropped.
    peer.on('error', () => {});
    this.#ours = ours;
  }

  /** Ends the connection, and returns its messages without the greeting. */
  async told(): Promise<unknown[]> {
    await this.leave();
    return this.#heard
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type !== 'holding');
  }

  /** Waits for a message. */
  async hears(text: RegExp): Promise<void> {
    await until(() => text.test(this.#heard), String(text));
  }

  say(...messages: ToRenewal[]): this {
    for (const message of messages) this.#peer.write(`${JSON.stringify(message)}\n`);
    return this;
  }

  /** Makes our end notice at once that the peer is gone. */
  drop(): void {
    this.#ours.destroy();
  }

  async leave(): Promise<void> {
    const gone = once(this.#ours, 'close');
    this.#peer.end();
    await gone;
    for (let turns = 0; turns < 10; turns++) await turn();
  }
}

test('^C of the only waiter cancels once', async (t) => {
  const room = new Room(t);
  const only = await room.enter(join, interrupt);
  await only.leave();
  assert.equal(room.cancels, 1);
  const late = await room.enter();
  await late.leave();
  assert.equal(room.cancels, 1);
});

test('^C of one of two waiters does not cancel, ^C of the other does', async (t) => {
  const room = new Room(t);
  const one = await room.enter(join);
  const other = await room.enter(join);
  await one.say(interrupt).leave();
  assert.equal(room.cancels, 0);
  await other.say(interrupt).leave();
  assert.equal(room.cancels, 1);
});

test('a waiter that is killed after the ^C of another does not cancel', async (t) => {
  const room = new Room(t);
  const one = await room.enter(join);
  const other = await room.enter(join);
  await one.say(interrupt).leave();
  await other.leave();
  assert.equal(room.cancels, 0);
});

test('a caller that has not sent its join yet counts as a waiter', async (t) => {
  const room = new Room(t);
  const one = await room.enter(join);
  const other = await room.enter();
  await one.say(interrupt).leave();
  assert.equal(room.cancels, 0);
  await other.say(join).leave();
  assert.equal(room.cancels, 0);
});

test('a caller that was lost before its join counts as a waiter', async (t) => {
  const room = new Room(t);
  const one = await room.enter(join);
  const other = await room.enter();
  await one.say(interrupt).leave();
  await other.leave();
  assert.equal(room.cancels, 0);
});

test('^C of one waiter is answered if another waits, and that of both at once cancels once', async (t) => {
  const room = new Room(t);
  const [one, other] = [await room.enter(join), await room.enter(join)];
  one.say(interrupt);
  await one.hears(/goes-on/);
  other.say(interrupt);
  await until(() => room.cancels === 1, 'the last one cancels');
  assert.deepEqual(await other.told(), []);
  assert.deepEqual(await one.told(), [{ type: 'goes-on' }]);
  assert.equal(room.cancels, 1);
});

for (const killedFirst of [true, false]) {
  const order = killedFirst ? 'before' : 'after';
  test(`a caller that is killed in the same turn, ${order} the one with ^C, was still there`, async (t) => {
    const room = new Room(t);
    const killed = await room.enter();
    const one = await room.enter(interrupt, join);
    await until(() => room.waiters.anyInteractive, 'the interrupt is read, and the join after it');
    for (const caller of killedFirst ? [killed, one] : [one, killed]) caller.drop();
    for (let turns = 0; turns < 10; turns++) await turn();
    assert.equal(room.cancels, 0);
  });
}

test('a caller that cancels is no waiter', async (t) => {
  const room = new Room(t);
  const one = await room.enter(join, interrupt);
  await room.enter({ type: 'cancel', by: 'logout' });
  await one.leave();
  assert.equal(room.cancels, 2);
});

test('the end waits until the last line of a waiter that is leaving is written', async (t) => {
  const lines: string[] = [];
  const waiters = new Waiters((step) => lines.push(step));
  const [, ours] = await connected(t);
  waiters.admit(ours);
  // The socket counts as closed now, and its event `close` is still to come.
  ours.destroy();
  await waiters.left();
  assert.deepEqual(lines, ['waiter-left']);
});

test('the end does not wait for a starter that left before it was admitted', async (t) => {
  const waiters = new Waiters(() => {});
  const [, ours] = await connected(t);
  ours.destroy();
  await once(ours, 'close');
  waiters.admitStarter(ours, join);
  await waiters.left();
});

test('each terminal gets a remark once, and later callers get a lasting one too', async (t) => {
  const room = new Room(t);
  const on = (terminal: string, more = {}): ToRenewal =>
    ({ ...(join as object), terminal, ...more }) as ToRenewal;
  const [one, same, other] = [
    await room.enter(on('tty1')),
    await room.enter(on('tty1', { pastes: true })),
    await room.enter(on('tty2')),
  ];
  await until(() => room.waiters.anyTerminal, 'they have joined');
  for (let turns = 0; turns < 10; turns++) await turn();
  room.waiters.remark('passing');
  room.waiters.remark('standing', { stands: true });
  room.waiters.remark('paste', { asksAddress: true });
  const [late, lateElsewhere] = [
    await room.enter(on('tty2')),
    await room.enter(on('tty3', { pastes: true })),
  ];
  for (let turns = 0; turns < 10; turns++) await turn();
  const texts = async (caller: Caller) =>
    (await caller.told()).map((message) => (message as { text: string }).text);
  assert.deepEqual(await texts(one), ['passing', 'standing', 'paste']);
  assert.deepEqual(await texts(same), ['paste'], 'it can ask for the address');
  assert.deepEqual(await texts(other), ['passing', 'standing', 'paste']);
  assert.deepEqual(await texts(late), []);
  assert.deepEqual(await texts(lateElsewhere), ['standing', 'paste']);
});
