// Simulates Windows' Credential Manager: entries of 2,560 bytes, names without case, and processes killed at
// any step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecretStore } from '../../src/store/secret-store.ts';
import { SplitStore } from '../../src/store/split-store.ts';

const limit = 2560;
const account = '0123456789abcdef0123456789abcdef';

class Killed extends Error {}

/** Credential Manager, as far as daypass can observe it. */
class SmallEntries implements SecretStore {
  readonly kept = new Map<string, string>();
  steps = 0;
  /** Runs before each step. Throwing simulates a process that is killed there. */
  before: (step: number) => void | Promise<void> = () => {};

  async read(name: string): Promise<string | undefined> {
    await this.#step();
    return this.kept.get(name.toLowerCase());
  }

  async write(name: string, value: string): Promise<void> {
    await this.#step();
    if (Buffer.byteLength(value) > limit) throw new Error(`${Buffer.byteLength(value)} bytes are too many`);
    assert.ok(value.isWellFormed(), 'a character was cut');
    this.kept.set(name.toLowerCase(), value);
  }

  async delete(name: string): Promise<void> {
    await this.#step();
    this.kept.delete(name.toLowerCase());
  }

  async check(): Promise<void> {}
  close(): void {}

  async #step(): Promise<void> {
    this.steps += 1;
    await this.before(this.steps);
  }
}

function open() {
  const entries = new SmallEntries();
  return { entries, store: new SplitStore(entries, limit) };
}

const values: Record<string, string> = {
  nothing: '',
  'one that fits': 'x'.repeat(limit),
  'one byte more': 'x'.repeat(limit + 1),
  'a session of 6 KB': JSON.stringify({ token: 'abc+/='.repeat(1000) }),
  'an ID token and a refresh token of 20 KB each': 'e.'.repeat(20_000),
  'characters of one to four bytes': 'aé€𝄞'.repeat(2000),
  'what looks like a manifest': `pieces a 3 ${'0'.repeat(64)}`,
  'line ends and NUL': '\r\n\0\t'.repeat(1500),
};

for (const [what, value] of Object.entries(values)) {
  test(`${what}: a read returns what was written, and a delete leaves nothing`, async () => {
    const { entries, store } = open();
    assert.equal(await store.read(account), undefined);
    await store.write(account, value);
    assert.equal(await store.read(account), value);
    for (const other of Object.values(values)) {
      await store.write(account, other);
      assert.equal(await store.read(account), other);
    }
    await store.write(account, value);
    await store.delete(account);
    assert.deepEqual([...entries.kept], []);
    await store.delete(account);
  });
}

const [small, old, next] = ['{"small":1}', 'old '.repeat(2000), 'next'.repeat(3000)] as const;
const changes: [what: string, from: string | undefined, to: string | undefined][] = [
  ['a first value', undefined, next],
  ['a longer value', old, next],
  ['a shorter value', next, old],
  ['a value that fits', old, small],
  ['a value that does not fit', small, next],
  ['a delete', next, undefined],
];

for (const [what, from, to] of changes) {
  test(`${what}: a kill at any step leaves the old value or the new one, and a delete leaves nothing`, async () => {
    for (let killedAt = 1; ; killedAt++) {
      const { entries, store } = open();
      if (from !== undefined) await store.write(account, from);
      entries.steps = 0;
      let torn = false;
      // The store belongs to a killed process: nothing happens after that step.
      entries.before = (step) => {
        torn = step >= killedAt;
        if (torn) throw new Killed();
      };
      await change(store, to).catch((error) => assert.ok(error instanceof Killed, error));
      entries.before = () => {};
      const found = await new SplitStore(entries, limit).read(account);
      // After a delete has begun, the value may be a miss.
      assert.ok([from, to].includes(found), `step ${killedAt}: ${found?.slice(0, 20)}`);
      const copy = new SmallEntries();
      for (const [name, value] of entries.kept) copy.kept.set(name, value);
      await new SplitStore(copy, limit).delete(account);
      assert.deepEqual([...copy.kept.keys()], [], `step ${killedAt}`);
      // A later write must succeed in spite of the remains.
      for (const value of [next, old, small, next]) {
        await store.write(account, value);
        assert.equal(await store.read(account), value);
      }
      await store.delete(account);
      assert.deepEqual([...entries.kept.keys()], [], `step ${killedAt}`);
      if (!torn) return assert.ok(killedAt > 3);
    }
  });

  test(`${what}: a reader at any step of a write finds the old value or the new one`, async () => {
    for (let at = 1; ; at++) {
      const { entries, store } = open();
      if (from !== undefined) await store.write(account, from);
      entries.steps = 0;
      let changed = false;
      // The reader has come this far when the writer does its complete work, twice.
      entries.before = async (step) => {
        if (changed || step !== at) return;
        changed = true;
        await change(store, to);
        if (to !== undefined) await store.write(account, to);
      };
      const found = await new SplitStore(entries, limit).read(account);
      assert.ok([from, to].includes(found), `step ${at}: ${found?.slice(0, 20)}`);
      if (!changed) return assert.ok(at > 1);
    }
  });
}

function change(store: SecretStore, to: string | undefined): Promise<void> {
  return to === undefined ? store.delete(account) : store.write(account, to);
}

const damages: Record<string, (entries: Map<string, string>, piece: string) => void> = {
  'a piece is gone': (entries, piece) => entries.delete(piece),
  'a piece is empty': (entries, piece) => entries.set(piece, ''),
  'a piece is another': (entries, piece) => entries.set(piece, `${entries.get(piece)?.slice(0, -1)}!`),
  'the manifest is no manifest': (entries) => entries.set(account, `${entries.get(account)}x`),
  'the manifest is of something else': (entries) => entries.set(account, `pieces a 5 ${'0'.repeat(64)}`),
};

for (const [what, damage] of Object.entries(damages)) {
  test(`${what}: only this account is a miss, until it is written again or deleted`, async () => {
    const { entries, store } = open();
    const other = account.replace('0', '1');
    for (const each of [account, other]) await store.write(each, next);
    const before = entries.kept.size / 2;
    damage(entries.kept, `${account}.a0`);
    const found = await store.read(account);
    // No record begins like a manifest, so the check of records rejects it.
    assert.ok(found === undefined || found.startsWith('pieces '), found?.slice(0, 20));
    assert.equal(await store.read(other), next);
    await store.write(account, old);
    assert.equal(await store.read(account), old);
    for (const each of [account, other]) await store.delete(each);
    assert.ok(before > 4);
    assert.deepEqual([...entries.kept.keys()], []);
  });
}

test('a failed write throws, and the old value stays', async () => {
  const { entries, store } = open();
  await store.write(account, old);
  const writes = entries.write.bind(entries);
  entries.write = async () => {
    throw new Error('no access');
  };
  await assert.rejects(store.write(account, next), /no access/);
  entries.write = writes;
  assert.equal(await store.read(account), old);
});
