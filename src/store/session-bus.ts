import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Deferred, deferred } from '../process/deferred.ts';
import { decode, encode, gapAt, type Variant } from './bus-types.ts';

/** A method of an object on the bus. */
export interface Method {
  destination: string;
  path: string;
  interface: string;
  member: string;
}

/** The numbers of the header's fields: those of a call, and two of an answer. */
const field = { path: 1, interface: 2, member: 3, replySerial: 5, destination: 6, signature: 8 } as const;
const messageType = { call: 1, answer: 2, error: 3 } as const;

/**
 * A connection to the session bus, for calls alone. The protocol:
 * https://dbus.freedesktop.org/doc/dbus-specification.html
 */
export class SessionBus {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Deferred<unknown[]>>();
  #received: Buffer = Buffer.alloc(0);
  #serial = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connects to the bus of this address. Throws if it has no Unix socket, or the bus rejects this user. */
  static async connect(address: string): Promise<SessionBus> {
    const socket = connect(socketOf(address));
    await once(socket, 'connect');
    const uid = Buffer.from(`${process.getuid?.()}`).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    const [answer] = await once(socket, 'data');
    if (!/^OK /.test(String(answer))) throw new Error('the bus rejects this user');
    socket.write('BEGIN\r\n');
    const bus = new SessionBus(socket);
    socket.on('data', (data) => bus.#receive(data));
    socket.on('error', (error) => bus.#end(error));
    socket.on('close', () => bus.#end(new Error('the bus closed the connection')));
    const name = 'org.freedesktop.DBus';
    await bus.call({ destination: name, path: '/org/freedesktop/DBus', interface: name, member: 'Hello' });
    return bus;
  }

  /** Calls a method and returns the values of its answer. Throws the error of the service. */
  async call(method: Method, signature = '', ...values: unknown[]): Promise<unknown[]> {
    const serial = ++this.#serial;
    const fields: [number, Variant][] = [
      [field.path, ['o', method.path]],
      [field.interface, ['s', method.interface]],
      [field.member, ['s', method.member]],
      [field.destination, ['s', method.destination]],
      ...(signature ? [[field.signature, ['g', signature]] as [number, Variant]] : []),
    ];
    const body = encode(signature, values);
    // Little-endian, a call, no flags, version 1.
    const start = [0x6c, messageType.call, 0, 1, body.length, serial, fields];
    const header = encode('yyyyuua(yv)', start);
    const call = deferred<unknown[]>();
    this.#waiting.set(serial, call);
    this.#socket.write(Buffer.concat([header, Buffer.alloc(gapAt(header.length, '(')), body]));
    return await call.promise;
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    try {
      while (this.#takeMessage());
    } catch (error) {
      this.#socket.destroy();
      this.#end(error as Error);
    }
  }

  /** Handles the first message if it is complete. Answers belong to a call, and others are signals. */
  #takeMessage(): boolean {
    const bytes = this.#received;
    if (bytes.length < 16) return false;
    if (bytes[0] !== 0x6c) throw new Error('not little-endian');
    const headerEnd = 16 + bytes.readUInt32LE(12);
    const bodyStart = headerEnd + gapAt(headerEnd, '(');
    const end = bodyStart + bytes.readUInt32LE(4);
    if (bytes.length < end) return false;
    this.#received = bytes.subarray(end);
    const { values } = decode('a(yv)', bytes.subarray(0, headerEnd), 12);
    const fields = new Map(values[0] as [number, unknown][]);
    const call = this.#waiting.get(Number(fields.get(field.replySerial)));
    if (!call) return true;
    const body = decode(`${fields.get(field.signature) ?? ''}`, bytes.subarray(bodyStart, end)).values;
    if (bytes[1] === messageType.answer) call.resolve(body);
    else if (bytes[1] === messageType.error) call.reject(new Error('the service rejects the call'));
    return true;
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Returns the path of the first Unix socket in a bus address; Node writes an abstract one with a NUL. */
function socketOf(address: string): string {
  for (const [, kind, text = ''] of address.matchAll(/(?:^|;)unix:(?:[^;]*,)?(path|abstract)=([^,;]*)/g)) {
    const name = decodeURIComponent(text);
    return kind === 'abstract' ? `\0${name}` : name;
  }
  throw new Error('the address of the bus names no socket');
}
