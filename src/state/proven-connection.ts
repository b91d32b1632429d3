import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

// On Windows every user can list the names of all pipes, listen on a free name, and connect to a pipe to read from it
// (https://learn.microsoft.com/windows/win32/ipc/named-pipe-security-and-access-rights). So neither end of a
// connection believes the other before it has proved that it knows the key of the lock, which only this user can read:
//
//   caller → holder   nonce C      holder → caller   nonce H                                   at once
//   caller → holder   HMAC-SHA256(key, "daypass lock 1\ncaller\nC\nH")                         after nonce H
//   holder → caller   HMAC-SHA256(key, "daypass lock 1\nholder\nC\nH")                         after nonce C
//
// - Each is a line of 64 hexadecimal digits (32 bytes). Other bytes end the connection at once.
// - A nonce is fresh, so an old proof is worthless. A proof names its role, so one that comes back is wrong.
// - Each holder has a key of its own. A process between caller and holder could still pass the lines on, and then read
//   and change what follows. For that it must listen on the name of the pipe while the holder does, which Windows
//   allows to this user and administrators alone.

/** The end of a connection: a process that holds a lock, or one that has looked for its holder. */
export type Role = 'caller' | 'holder';

/** Milliseconds until an end that proves nothing is disconnected. A caller waits longer: a holder may be stopped. */
const patience: Readonly<Record<Role, number>> = { caller: 60_000, holder: 10_000 };

const digits = 64;
const line = /^[0-9a-f]{64}\n$/;

/**
 * A connection whose data flows only after both ends have proved that they know the key. Until then it emits nothing
 * and buffers each write. It ends without an `error` if the proof is wrong or late.
 */
export class ProvenConnection extends Duplex {
  /** Resolves after the other end has proved itself, and never if it does not. */
  readonly proven: Promise<void>;
  readonly #socket: Socket;
  readonly #key: string;
  readonly #role: Role;
  readonly #nonce = randomBytes(digits / 2).toString('hex');
  readonly #deadline: NodeJS.Timeout;
  #nonces: { caller: string; holder: string } | undefined;
  /** What the other end has sent before its proof was complete. */
  #heard = Buffer.alloc(0);
  /** The writes before the proof; undefined after it. */
  #early: Buffer[] | undefined = [];
  #onProven = () => {};

  constructor(socket: Socket, key: string, role: Role) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#key = key;
    this.#role = role;
    this.proven = new Promise((resolve) => {
      this.#onProven = resolve;
    });
    this.#deadline = setTimeout(() => this.destroy(), patience[role]);
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('end', () => (this.#early ? this.destroy() : this.push(null)));
    // After `end`, what came before it may still be unread.
    socket.on('close', () => this.readableEnded || socket.readableEnded || this.destroy());
    socket.write(`${this.#nonce}\n`);
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return;
    if (this.#early) this.#check(chunk);
    else if (!this.push(chunk)) this.#socket.pause();
  }

  #check(chunk: Buffer): void {
    this.#heard = Buffer.concat([this.#heard, chunk]);
    const nonce = this.#lineAt(0);
    if (nonce === undefined) return;
    if (!this.#nonces) {
      const [caller, holder] = this.#role === 'caller' ? [this.#nonce, nonce] : [nonce, this.#nonce];
      this.#nonces = { caller, holder };
      this.#socket.write(`${this.#proofOf(this.#role, this.#nonces)}\n`);
    }
    const proof = this.#lineAt(1);
    if (proof === undefined) return;
    const expected = this.#proofOf(this.#role === 'caller' ? 'holder' : 'caller', this.#nonces);
    // Both have the same length.
    if (timingSafeEqual(Buffer.from(proof), Buffer.from(expected))) this.#open();
    else this.destroy();
  }

  /** Returns a line without its end, or undefined if it is not complete. Disconnects an end that sends others. */
  #lineAt(index: number): string | undefined {
    const start = index * (digits + 1);
    if (this.#heard.length < start + digits + 1) return undefined;
    const text = this.#heard.toString('latin1', start, start + digits + 1);
    if (line.test(text)) return text.slice(0, digits);
    this.destroy();
    return undefined;
  }

  #proofOf(role: Role, { caller, holder }: { caller: string; holder: string }): string {
    return createHmac('sha256', this.#key)
      .update(`daypass lock 1\n${role}\n${caller}\n${holder}`)
      .digest('hex');
  }

  #open(): void {
    clearTimeout(this.#deadline);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const chunk of early) this.#socket.write(chunk);
    const rest = this.#heard.subarray(2 * (digits + 1));
    this.#heard = Buffer.alloc(0);
    if (rest.length > 0) this.#receive(rest);
    this.#onProven();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (!this.#early) {
      this.#socket.write(chunk, callback);
      return;
    }
    this.#early.push(chunk);
    callback();
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (!this.#early) {
      this.#socket.end(callback);
      return;
    }
    // A person who pressed ^C must not wait for a holder that is stopped.
    callback();
    this.destroy();
  }

  override _destroy(_error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#deadline);
    this.#socket.destroy();
    // As with the sockets of other systems, only the end of a connection matters.
    callback();
  }
}

/** Returns the name that follows from a key and does not show it: 32 hexadecimal digits. */
export function nameOf(key: string): string {
  return createHmac('sha256', key).update('daypass pipe').digest('hex').slice(0, 32);
}
