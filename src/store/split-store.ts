import { createHash } from 'node:crypto';
import type { SecretStore } from './secret-store.ts';

/** The places of an account's pieces. A write uses the slot that the manifest does not name. */
const slots = ['a', 'b'] as const;
type Slot = (typeof slots)[number];

interface Manifest {
  slot: Slot;
  pieces: number;
  hash: string;
}

/**
 * Stores long values in a store with small entries: a value that does not fit is stored in pieces, and the
 * account's own entry is a manifest of them. The manifest is written last, so a writer that is killed leaves
 * the old value or the new one. A reader that meets a writer reads again; a damaged value is a miss. Only one
 * process writes an account (it holds the lock of the sign-in).
 */
export class SplitStore implements SecretStore {
  readonly #entries: SecretStore;
  readonly #limit: number;

  /** @param limit the bytes of UTF-8 that an entry can hold */
  constructor(entries: SecretStore, limit: number) {
    this.#entries = entries;
    this.#limit = limit;
  }

  async read(account: string): Promise<string | undefined> {
    let failed: string | undefined;
    for (;;) {
      const head = await this.#entries.read(account);
      const manifest = parseManifest(head);
      if (!manifest) return head;
      // The pieces exist as long as their manifest, so an unchanged manifest means damage, not a writer.
      if (head === failed) return undefined;
      failed = head;
      const value = await this.#join(account, manifest);
      if (value !== undefined) return value;
    }
  }

  async write(account: string, value: string): Promise<void> {
    const pieces = this.#split(value);
    const old = parseManifest(await this.#entries.read(account));
    const slot = old?.slot === 'a' ? 'b' : 'a';
    const stale = new Set(slots);
    if (pieces.length === 1 && !parseManifest(value)) {
      await this.#entries.write(account, value);
    } else {
      stale.delete(slot);
      for (const [index, piece] of pieces.entries())
        await this.#entries.write(pieceAccount(account, slot, index), piece);
      await this.#trim(account, slot, pieces.length, old);
      await this.#entries.write(account, `pieces ${slot} ${pieces.length} ${sha256(value)}`);
    }
    // Best effort: the new value is stored, and the next write or delete removes these pieces too.
    for (const each of stale) await this.#trim(account, each, 0, old).catch(() => {});
  }

  async delete(account: string): Promise<void> {
    const old = parseManifest(await this.#entries.read(account));
    for (const slot of slots) await this.#trim(account, slot, 0, old);
    await this.#entries.delete(account);
  }

  check(): Promise<void> {
    return this.#entries.check();
  }

  close(): void {
    this.#entries.close();
  }

  async #join(account: string, { slot, pieces, hash }: Manifest): Promise<string | undefined> {
    let value = '';
    for (let index = 0; index < pieces; index++) {
      const piece = await this.#entries.read(pieceAccount(account, slot, index));
      if (piece === undefined) return undefined;
      value += piece;
    }
    return sha256(value) === hash ? value : undefined;
  }

  /** Splits between characters, never within one. */
  #split(value: string): string[] {
    const pieces = [''];
    let size = 0;
    for (const character of value) {
      const bytes = Buffer.byteLength(character);
      if (size + bytes > this.#limit) {
        pieces.push('');
        size = 0;
      }
      pieces.push(`${pieces.pop()}${character}`);
      size += bytes;
    }
    return pieces;
  }

  // Deletes the pieces of a slot from this index on: all that the manifest names, and all that follow without
  // a gap. It starts with the last one, so that it leaves no gap if it is killed.
  async #trim(account: string, slot: Slot, from: number, named?: Manifest): Promise<void> {
    const known = named?.slot === slot ? named.pieces : 0;
    const piece = (index: number) => pieceAccount(account, slot, index);
    let end = Math.max(from, known);
    while ((await this.#entries.read(piece(end))) !== undefined) end++;
    while (--end >= from) await this.#entries.delete(piece(end));
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Returns a name that differs from every other in more than case, because Windows ignores case. */
function pieceAccount(account: string, slot: Slot, index: number): string {
  return `${account}.${slot}${index}`;
}

function parseManifest(text = ''): Manifest | undefined {
  const [, slot, pieces, hash = ''] = /^pieces ([ab]) (\d{1,3}) ([0-9a-f]{64})$/.exec(text) ?? [];
  return slot ? { slot: slot as Slot, pieces: Number(pieces), hash } : undefined;
}
