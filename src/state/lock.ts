import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { DaypassError, systemCode } from '../errors.ts';
import { ioError } from './directory.ts';

/**
 * A lock that the kernel owns: whoever listens on its socket holds it, and the kernel ends that with the process, however
 * it dies. The socket is also the way to the holder: those who wait are connected to it, and learn of its end at once.
 *
 * On POSIX a dead holder leaves its socket file behind, and replacing one file by another cannot be done safely (two
 * callers that both find it dead would each remove and replace it). So every holder gets a generation of its own:
 * - it listens on a socket in a folder with a random name, then renames that folder to `<name>.<n+1>`: rename is atomic, is
 *   refused when a full folder of that name stands there, and what appears is already listening;
 * - so a refused connection to `<name>.<n>` means that this generation is dead for good (on macOS: if nobody keeps its file locked);
 * - it looks again after the rename and withdraws if a higher generation exists (it had been looking at an old list);
 * - it removes lower generations, and nobody ever removes the highest;
 * - when it is done it gives its socket another name, so that the folder stays full.
 * On Windows a named pipe's first instance is exclusive and goes with its process, so its name is enough.
 */
export interface HeldLock {
  /**
   * Frees the lock at once. Resolves when everyone who had come by then has been let in: nobody who found a holder is turned away
   * without a word. Connections end as their owner ends them.
   */
  release(): Promise<void>;
}

const socketName = 'daypass.socket';

/**
 * macOS refuses whoever finds a full backlog (128), as it does where nobody listens. There the holder keeps this file locked, which the
 * kernel ends with the process, too.
 */
const lockedName = 'locked';

/** O_EXLOCK and O_SHLOCK of macOS, with which open(2) locks, or says EAGAIN. */
const [exclusively, shared] = [0x20, 0x10];

/** At 20 ms each: a holder that was stopped with a full backlog must not keep callers for ever. */
const mostLooks = 500;

/**
 * Takes the lock if nobody holds it, else undefined. Connections of others go to `onConnection`; without it they are kept, and end
 * with the lock. Throws `io`.
 */
export async function acquireLock(
  folder: string,
  name: string,
  onConnection?: (socket: Socket) => void,
): Promise<HeldLock | undefined> {
  if (onConnection) return take(folder, name, onConnection);
  const waiting = new Set<Socket>();
  const lock = await take(folder, name, (socket) => {
    waiting.add(socket);
    socket.on('error', () => {}).on('close', () => waiting.delete(socket));
    socket.resume();
  });
  const release = async () => {
    await lock?.release();
    for (const socket of waiting) socket.destroy();
  };
  return lock && { release };
}

async function take(
  folder: string,
  name: string,
  onConnection: (socket: Socket) => void,
): Promise<HeldLock | undefined> {
  if (process.platform === 'win32') return listenExclusively(pipeName(folder, name), onConnection);
  for (;;) {
    const found = await look(folder, name);
    if (typeof found !== 'number') {
      found.destroy();
      return undefined;
    }
    // After the one that was seen dead, and not after the highest of this moment: that one may live.
    const next = found + 1;
    const path = join(folder, `${name}.${next}`);
    const candidate = join(folder, `${name}-${process.pid}-${randomBytes(6).toString('hex')}`);
    try {
      mkdirSync(candidate, { mode: 0o700 });
    } catch (error) {
      // A folder that is gone, full or not to be written stays so, and to look again would never end.
      throw ioError('lock', folder, error);
    }
    let server: Server | undefined;
    try {
      server = await listen(candidate, onConnection);
      renameSync(candidate, path);
    } catch (error) {
      close(server);
      const code = systemCode(error);
      // Somebody was faster, or swept our folder away (of which libuv says EACCES where bind says ENOENT): look again.
      const swept = code === 'ENOENT' || (code === 'EACCES' && !existsSync(candidate));
      removeIfPossible(candidate);
      if (swept || code === 'ENOTEMPTY' || code === 'EEXIST') continue;
      throw error instanceof DaypassError ? error : ioError('lock', folder, error);
    }
    if (highestGeneration(folder, name) > next) {
      close(server);
      removeIfPossible(path);
      continue;
    }
    tidy(folder, name, next);
    const held = server;
    return {
      async release() {
        try {
          renameSync(join(path, socketName), join(path, 'ended'));
        } catch {
          // Swept away, by a next holder or a person: nobody finds it any more, and that is all that is wanted.
        }
        await emptyBacklog(held);
        close(held);
      },
    };
  }
}

/** Removes lower generations, and what candidates left that were killed before their rename. */
function tidy(folder: string, name: string, own: number): void {
  for (const generation of generations(folder, name)) {
    if (generation < own) removeIfPossible(join(folder, `${name}.${generation}`));
  }
  for (const entry of readdirSync(folder)) {
    const pid = entry.startsWith(`${name}-`) ? Number(entry.split('-')[1]) : Number.NaN;
    // A process that this one cannot see (in another container, with the same home) makes its folder anew.
    if (pid > 0 && !isAlive(pid)) removeIfPossible(join(folder, entry));
  }
}

/** What stays is cleared away by a later holder, and why this one got no lock must not be lost over it. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/** A connection to whoever holds the lock, or undefined if nobody does. */
export async function connectToHolder(folder: string, name: string): Promise<Socket | undefined> {
  const found = await look(folder, name);
  return typeof found === 'number' ? undefined : found;
}

/** A connection to the holder; where there is none, the highest generation, which is dead for good (0: there was none yet). */
async function look(folder: string, name: string): Promise<Socket | number> {
  for (let looks = 0; ; looks++) {
    const generation = highestGeneration(folder, name);
    if (generation === 0 && process.platform !== 'win32') return 0;
    try {
      return await connection(folder, name, generation);
    } catch (error) {
      const code = systemCode(error);
      if (process.platform === 'win32') {
        if (code === 'ENOENT') return 0;
      } else if (code === 'ENOENT' || (code === 'ECONNREFUSED' && !isLocked(folder, name, generation))) {
        if (highestGeneration(folder, name) === generation) return generation;
        continue;
      }
      // A full backlog (EAGAIN, EBUSY, ECONNREFUSED) or a holder that died in between (ECONNRESET, EPIPE): it is worth another look.
      const passing = /^(EAGAIN|EBUSY|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code ?? '');
      if (!passing || looks > mostLooks) throw ioError('reach the lock in', folder, error);
      await sleep(20);
    }
  }
}

function generations(folder: string, name: string): number[] {
  try {
    return readdirSync(folder)
      .filter((entry) => entry.startsWith(`${name}.`))
      .map((entry) => Number(entry.slice(name.length + 1)))
      .filter((generation) => Number.isSafeInteger(generation) && generation > 0);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw ioError('list', folder, error);
  }
}

function highestGeneration(folder: string, name: string): number {
  return Math.max(0, ...generations(folder, name));
}

/** Lets in whoever has connected; libuv does so for one of them in a turn of the event loop. */
async function emptyBacklog(server: Server): Promise<void> {
  let came = true;
  server.on('connection', () => {
    came = true;
  });
  while (came) {
    came = false;
    // One turn from wherever this one stands may not look at sockets, two do.
    await turn();
    await turn();
  }
}

/**
 * libuv removes the file at the address that it was given, seen from the working directory of this moment: in that of the caller
 * it would be a file of the caller's.
 */
function close(server: Server | undefined): void {
  if (server) inFolder('/', () => server.close());
}

async function listen(folder: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = await inFolder(folder, () => listenOn(socketName, onConnection));
  if (process.platform === 'darwin') keepLocked(join(folder, lockedName), server);
  return server;
}

function keepLocked(path: string, server: Server): void {
  try {
    const file = openSync(path, constants.O_CREAT | constants.O_RDWR | exclusively, 0o600);
    server.on('close', () => closeSync(file));
  } catch {
    // A file system without locks: a refused connection has to do.
  }
}

function isLocked(folder: string, name: string, generation: number): boolean {
  if (process.platform !== 'darwin') return false;
  const path = join(folder, `${name}.${generation}`, lockedName);
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | shared));
    return false;
  } catch (error) {
    return systemCode(error) === 'EAGAIN';
  }
}

function connection(folder: string, name: string, generation: number): Promise<Socket> {
  if (process.platform === 'win32') return connectTo(pipeName(folder, name));
  return inFolder(folder, () => connectTo(join(`${name}.${generation}`, socketName)));
}

/**
 * A socket's address holds 103 bytes on macOS and 107 on Linux, fewer than many a home directory needs. So the address is relative,
 * and the working directory is another one for the moment of the call: bind and connect on a path happen at once.
 */
function inFolder<Result>(folder: string, action: () => Result): Result {
  let back = '/';
  try {
    back = process.cwd();
  } catch {
    // The directory in which the caller stands is gone, and nothing here needs it.
  }
  try {
    process.chdir(folder);
    return action();
  } finally {
    chdirIfThere(back);
  }
}

function chdirIfThere(folder: string): void {
  try {
    process.chdir(folder);
  } catch {
    // Gone since; see above.
  }
}

function listenOn(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    // The kernel's default would refuse the 129th of many callers on some systems.
    server.listen({ path, backlog: 1024 }, () => resolve(server));
  });
}

async function listenExclusively(
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<HeldLock | undefined> {
  try {
    const server = await listenOn(path, onConnection);
    return {
      async release() {
        await emptyBacklog(server);
        server.close();
      },
    };
  } catch (error) {
    if (systemCode(error) === 'EADDRINUSE') return undefined;
    throw ioError('lock', path, error);
  }
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    // For good: a connection may also break later, and then its end is all that matters.
    socket.on('error', reject);
  });
}

function pipeName(folder: string, name: string): string {
  const owner = createHash('sha256').update(`${userInfo().username}\n${folder}`).digest('hex').slice(0, 32);
  return `\\\\.\\pipe\\daypass-${owner}-${name}`;
}
