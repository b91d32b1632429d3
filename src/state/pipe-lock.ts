import { randomBytes } from 'node:crypto';
import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaypassError, systemCode } from '../errors.ts';
import { whileInUse } from '../process/in-use.ts';
import { printable } from '../terminal/printable.ts';
import { ioError } from './directory.ts';
import { connectTo, listenOn } from './local-socket.ts';
import { isLocked, openLocked } from './locked-file.ts';
import { nameOf, ProvenConnection } from './proven-connection.ts';

// The lock on Windows. Its holder keeps `<name>.lock` open with share mode 0. The state directory is closed to other
// users, so they cannot take it, and the kernel frees it with the process. Its pipe only carries the messages:
// - Each holder has a random key, in `<name>.key`, and the name of its pipe follows from that key. So no user can
//   listen on the name beforehand. A pipe lives as long as any connection to it, even that of a stopped waiter, but no
//   later holder needs its name.
// - Only the holder writes the key. It empties the file first and at its end. A key that is missing, empty or not
//   complete means: not ready yet, if the lock is held, and no holder if it is free.
// - A caller connects only while the lock is held, and then both ends prove that they know the key.

/** Returns the name of the pipe that belongs to a key. */
export function pipeOf(key: string): string {
  return `\\\\.\\pipe\\daypass-${nameOf(key)}`;
}

/** 20 ms each: a holder that was stopped before it could listen must not keep callers forever. */
const mostLooks = 500;

/** libuv waits 30 s for a pipe whose holder does not accept: two such waits are enough. */
const looksOfTimeout = 250;

/** Every user can connect. Callers prove themselves in milliseconds, so the oldest connection is none of theirs. */
const mostUnproven = 1024;

const keyShape = /^[0-9a-f]{64}$/;

/**
 * Acquires the lock, or returns undefined if another process holds it. `onConnection` gets the connections of waiters
 * that have proved that they know the key. `release` ends the others. Throws `io`.
 */
export async function takePipe(
  folder: string,
  name: string,
  onConnection: (connection: Duplex) => void,
  addressOf = pipeOf,
): Promise<{ release(): Promise<void> } | undefined> {
  const file = await lockFile(folder, name);
  if (file === undefined) return undefined;
  const key = randomBytes(32).toString('hex');
  const unproven = new Set<ProvenConnection>();
  let server: Server | undefined;
  try {
    tellKey(folder, name, '');
    server = await listenOn(addressOf(key), (socket) => {
      const connection = new ProvenConnection(socket, key, 'holder');
      unproven.add(connection);
      const [oldest] = unproven;
      if (unproven.size > mostUnproven) oldest?.destroy();
      connection.on('close', () => unproven.delete(connection));
      void connection.proven.then(() => {
        if (unproven.delete(connection)) onConnection(connection);
      });
    });
    tellKey(folder, name, key);
  } catch (error) {
    server?.close();
    closeSync(file);
    throw ioError('lock', folder, error);
  }
  const listening = server;
  let isFree = false;
  const release = async () => {
    if (isFree) return;
    isFree = true;
    try {
      tellKey(folder, name, '');
    } catch {
      // A caller that finds the old key sees that the lock is free.
    }
    closeSync(file);
    // A connection that is not accepted yet is closed with it, and its caller looks again. To accept such connections
    // first, as on other systems, could take as long as any user of the machine likes.
    listening.close();
    for (const connection of unproven) connection.destroy();
  };
  return { release };
}

/** Returns a connection to the holder of the lock, or undefined if there is none. Throws `io`. */
export async function connectToPipe(
  folder: string,
  name: string,
  addressOf = pipeOf,
): Promise<Duplex | undefined> {
  const isHeld = () => isLocked(lockOf(folder, name));
  for (let looks = 0; isHeld(); looks++) {
    const found = await tryToConnect(folder, name, addressOf);
    if (found instanceof ProvenConnection) {
      // If the holder has ended meanwhile, another process may have taken the name of its pipe.
      if (isHeld()) return found;
      found.destroy();
      return undefined;
    }
    if (systemCode(found) === 'ETIMEDOUT') looks += looksOfTimeout;
    if (looks > mostLooks) throw unreachable(folder, found);
    await sleep(20);
  }
  return undefined;
}

/** Returns a connection to the pipe of the present key, or the reason why there is none. */
async function tryToConnect(folder: string, name: string, addressOf = pipeOf): Promise<unknown> {
  try {
    const key = whileInUse(() => readFileSync(keyOf(folder, name), 'latin1'));
    if (!keyShape.test(key)) return new Error('no key');
    return new ProvenConnection(await connectTo(addressOf(key)), key, 'caller');
  } catch (error) {
    // The holder does not listen yet or any more (ENOENT), or does not accept at present (EBUSY, ETIMEDOUT).
    return error;
  }
}

/** Returns the descriptor of the locked file, or undefined if another process has it. */
async function lockFile(folder: string, name: string): Promise<number | undefined> {
  const path = lockOf(folder, name);
  for (let looks = 0; looks < mostLooks; looks++) {
    try {
      const file = openLocked(path);
      if (file !== undefined || isLocked(path)) return file;
    } catch (error) {
      throw ioError('lock', path, error);
    }
    // A caller that looks whether the lock is held, or a virus scanner, has it open.
    await sleep(20);
  }
  return undefined;
}

function tellKey(folder: string, name: string, key: string): void {
  // In place: a file that a reader has open cannot be replaced.
  whileInUse(() => writeFileSync(keyOf(folder, name), key, { mode: 0o600 }));
}

function lockOf(folder: string, name: string): string {
  return join(folder, `${name}.lock`);
}

function keyOf(folder: string, name: string): string {
  return join(folder, `${name}.key`);
}

function unreachable(folder: string, cause: unknown): DaypassError {
  const why = systemCode(cause) ?? 'it has written no key';
  const fault = `a process holds the lock in ${printable(folder)} and cannot be reached: ${why}`;
  const hint = {
    advice: 'end the other daypass processes of your user (node.exe in Task Manager)',
    again: true as const,
  };
  return new DaypassError('io', fault, { hint, cause });
}
