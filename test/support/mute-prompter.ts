import { once } from 'node:events';
import { connect } from 'node:net';
import type { Keyring } from './keyring.ts';

export interface MutePrompter {
  /** The number of prompts that the keyring requested. */
  readonly asked: number;
  stop(): void;
}

/**
 * Replaces the desktop's password prompt on a keyring's bus and never answers, like a prompt that no person
 * sees. It implements the needed part of D-Bus (https://dbus.freedesktop.org/doc/dbus-specification.html).
 */
export async function startMutePrompter({ env }: Pick<Keyring, 'env'>): Promise<MutePrompter> {
  const [, path = ''] = /path=([^,]*)/.exec(env.DBUS_SESSION_BUS_ADDRESS) ?? [];
  const socket = connect(path);
  let received = '';
  socket.on('data', (data) => {
    received += data.toString('latin1');
  });
  const until = async (text: string) => {
    while (!received.includes(text)) await once(socket, 'data', { signal: AbortSignal.timeout(60_000) });
  };
  const uid = Buffer.from(`${process.getuid?.()}`).toString('hex');
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  await until('OK ');
  socket.write('BEGIN\r\n');
  socket.write(busCall(1, 'Hello'));
  // The first answer has the connection's name, and the second says whether the requested name is ours.
  const name = 'org.gnome.keyring.SystemPrompter';
  socket.write(busCall(2, 'RequestName', name));
  await until('NameAcquired');
  await until(name);
  return {
    get asked() {
      return received.split('BeginPrompting').length - 1;
    },
    stop: () => socket.destroy(),
  };
}

/** Returns a call of the bus. A name is sent as `su` without flags. */
function busCall(serial: number, member: string, name?: string): Buffer {
  const bus = 'org.freedesktop.DBus';
  const body = name === undefined ? Buffer.alloc(0) : Buffer.concat([padded(text(name), 4), number(0)]);
  const fields = [
    field(1, 'o', text('/org/freedesktop/DBus')),
    field(2, 's', text(bus)),
    field(3, 's', text(member)),
    field(6, 's', text(bus)),
    ...(name === undefined ? [] : [field(8, 'g', signature('su'))]),
  ];
  // Every part but the last is padded to its alignment.
  const last = fields.pop() ?? Buffer.alloc(0);
  const array = Buffer.concat([...fields.map((each) => padded(each, 8)), last]);
  // The header says: little-endian, a call, no flags, version 1.
  const start = Buffer.concat([Buffer.from([0x6c, 1, 0, 1]), number(body.length), number(serial)]);
  return Buffer.concat([padded(Buffer.concat([start, number(array.length), array]), 8), body]);
}

function field(code: number, type: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code]), signature(type), value]);
}

function signature(types: string): Buffer {
  return Buffer.concat([Buffer.from([types.length]), Buffer.from(`${types}\0`)]);
}

function text(value: string): Buffer {
  return Buffer.concat([number(value.length), Buffer.from(`${value}\0`)]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function padded(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);
}
